-- Which repositories would break first?
select repository, count(*) as errors
from results
where level = 'error'
group by repository
order by errors desc, repository
limit 10;

-- Which rules pay off as a campaign over all teams?
select rule, level, count(distinct repository) as repositories, count(*) as places
from results
where level <> 'note'
group by rule, level
order by repositories desc, places desc, rule
limit 10;

-- Where do the errors stand?
select repository, path, line, rule
from results
where level = 'error'
order by repository, path, line
limit 10;
