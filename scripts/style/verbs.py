"""The verbs with which a function's name and its docstring may begin. Add one where a good one is missing."""

# Not here: what is a noun in most of our names (form, order, page, name, number, state, step, line, field, value),
# and what docs/style.md has a better word for (keep, tell).
WORDS = """
abbreviate abort accept acknowledge act activate adapt add adjust advance aggregate align allocate allow
alter announce anonymize answer append apply approve archive arrange ask assemble assert assign attach
authenticate authorize await
back befriend begin bind block book break bring build bump buy
cache calculate call cancel capture carry cast catch cause change charge check choose claim classify clean
clear close coerce collect colour combine compare compile complete compose compress compute concatenate
configure confirm connect consume contain continue convert copy count cover create cut
deactivate debit decide declare decode decorate decrypt dedupe deduplicate defer define delay delete deliver
demand deny derive describe deserialize destroy detach detect determine disable discard disconnect dismiss
dispatch display divide download draw drop dump duplicate
edit embed emit enable encode encrypt end enforce enqueue enrich enrol enroll ensure enter enumerate erase
escape estimate evaluate exchange exclude execute exit expand expect expire explain export expose extend
extract
fail fake fetch fill filter find fingerprint fire finish fix flag flatten flush fold follow forbid
forecast forget format forward free freeze
gather generate get give go grant group guard guess
hand handle hash hide highlight hold hook
identify ignore import include increase increment inform initialize inline inquire insert inspect install
interpret introduce invalidate invert invite invoke issue iterate
join
kill know
launch lay lead leave let lift limit link list load locate lock log login look lower
make map mark mask match measure meet mend merge migrate mimic modify mount move multiply
narrow negate normalize notify nudge
obtain offer omit open opt override overwrite
pack pad paginate parse partition pass paste patch pause pay peek perform permit persist pick pin plan play
poll pop populate post postpone prefetch prepare prepend preserve press prevent preview print process
produce promise prove provide prune publish pull purge push put
query queue quote
raise rank read reassign rebuild recalculate receive recheck reckon recompute reconcile record recover
redact redeem redeliver redirect reduce refer refill refresh refuse register reissue reject relay release reload remap
remember remind remove rename render renew reopen reorder repair repeat replace replay reply report request
require rerun reschedule reserve reset resolve respond restart restore restrict resume retain retrieve retry return
reuse revert review revoke rewind rewrite roll rotate round route run
sample save say scale scan schedule seal search seed select send separate serialize serve set settle share shift
shorten show shuffle shut sign simulate skip sleep snooze solve sort split spread stage stagger stamp start
stop store stream strip stub submit subscribe subtract suggest sum summarize supply suppress swap switch
sync synchronize
tag take terminate test tick tidy tie toggle touch trace track transfer transform translate trim truncate
trust try turn
unarchive unblock undo unescape unfold unfreeze unlink unlock unmerge unpack unquote unset unsubscribe untag
untick unzip update upgrade upload use
validate verify
wait wake walk warn watch weigh widen wipe withdraw work wrap write
yield
zip
"""
VERBS = frozenset(WORDS.split())
# A question that is answered with yes or no, or a check that raises.
PREDICATES = frozenset(
    {"is", "are", "was", "has", "have", "can", "may", "must", "should", "does", "needs"}
)
