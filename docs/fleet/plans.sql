-- What does it cost a month, by platform?
select platform, count(*) as processes,
       round(sum(price_usd_month.min)) as at_least, round(sum(price_usd_month.max)) as at_most,
       count(*) filter (price_usd_month.min is null) as without_price
from processes
group by platform
order by at_least desc nulls last, platform;

-- Where is memory paid for but not used?
select repository, name, machine.memory_mb as memory_mb, memory.percent.max as percent,
       price_usd_month.min as usd_month
from processes
where memory.percent.max < 40
order by usd_month desc nulls last, repository, name
limit 10;

-- Which statement would help each team most?
select settle_with, count(distinct repository) as repositories, sum(len(rules)) as rules
from assumptions
group by settle_with
order by repositories desc, rules desc, settle_with
limit 10;
