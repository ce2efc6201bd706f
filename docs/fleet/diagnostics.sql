-- Which repositories would break first?
select repository, count(*) as errors, count(*) filter (confidence = 'certain') as certain
from diagnostics
where severity = 'error'
group by repository
order by certain desc, errors desc, repository
limit 10;

-- Which rules pay off as a campaign over all teams?
select rule, severity, count(distinct repository) as repositories, count(*) as places
from diagnostics
where severity <> 'info'
group by rule, severity
order by repositories desc, places desc, rule
limit 10;
