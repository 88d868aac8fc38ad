-- How many more of a hundred shoppers bought with reminders than without. No row: nobody
-- is held out. If the range holds 0, it may have been chance.
select store, shoppers_mailed, shoppers_held_out, round(100 * rate_mailed, 1) as percent_mailed,
    round(100 * rate_held_out, 1) as percent_held_out, round(100 * lift, 1) as lift,
    round(100 * lift_low, 1) as at_least, round(100 * lift_high, 1) as at_most
from analytics.reminder_lift order by 1;
