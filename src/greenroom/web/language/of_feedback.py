"""What the domain says of answers, plans, stories and progress, as it stands there in English; where it changes, a test says so.

A name in %(…)s stands for what the domain fills in. ``num…``: a figure, written in the language's way; ``day``, ``iso``: a date; ``part…``:
words that are themselves in the catalogue; ``list…``: several of those with commas; anything else stays as it is.
"""

from __future__ import annotations

from greenroom.web.language.catalogue import mark

NAMES = (
    mark("Made"), mark("Partly"), mark("Missed"), mark("Wrong"), mark("Not judged"),
    mark("Not there yet"), mark("Patchy"), mark("Getting there"), mark("Solid"), mark("Strong"),
    mark("Foundation"), mark("Practitioner"), mark("Expert"), mark("foundation"), mark("practitioner"), mark("expert"),
    mark("Mock"), mark("Drill"), mark("Review"), mark("experience"), mark("company"),
    mark("slow"), mark("measured"), mark("conversational"), mark("brisk"), mark("fast"),
    mark("situation"), mark("task"), mark("action"), mark("result"), mark("reflection"), mark("your own part"), mark("proof"),
    mark("a recruiter"), mark("the manager you would have"), mark("a future colleague"), mark("an executive"),
    mark("The interviewer"), mark("who leads the team"), mark("staff engineer"), mark("head of research"),
    mark("who runs sales and is not technical"),
    mark("Warm. Puts you at ease, and still wants the answer."), mark("Few words. Silence is how he listens."),
    mark("Sceptical. Wants to know how you know."), mark("Not technical. Wants it in everyday words, and what it is for."),
)  # fmt: skip
LANGUAGE_NAMES = (
    mark("English"), mark("Arabic"), mark("Bengali"), mark("Catalan"), mark("Czech"), mark("Danish"), mark("German"), mark("Greek"),
    mark("Spanish"), mark("Persian"), mark("Finnish"), mark("French"), mark("Hebrew"), mark("Hindi"), mark("Hungarian"),
    mark("Indonesian"), mark("Italian"), mark("Japanese"), mark("Korean"), mark("Dutch"), mark("Norwegian"), mark("Polish"),
    mark("Portuguese"), mark("Romanian"), mark("Russian"), mark("Slovak"), mark("Serbian"), mark("Swedish"), mark("Thai"),
    mark("Turkish"), mark("Ukrainian"), mark("Urdu"), mark("Vietnamese"), mark("Chinese"),
)  # fmt: skip
REFUSED = (
    mark("The answer is empty."),
    mark("The answer holds only symbols: there are no words to judge."),
    mark("The answer is written in %(script)s script; greenroom can judge answers in English only, so far."),
    mark("The answer seems to be in %(part)s; greenroom can judge answers in English only, so far."),
    mark("another language (%(code)s)"),
    mark("The answer is too short to judge: %(num)s word, at least %(num_least)s are needed."),
    mark("The answer is too short to judge: %(num)s words, at least %(num_least)s are needed."),
    mark("The answer has hardly any words that carry meaning: there is nothing to hold against the key points."),
    mark("Most of the answer is not made of words: it cannot be judged."),
    mark("The answer repeats “%(words)s” over and over: there is nothing to judge."),
    mark("The answer only repeats the question."),
    mark("Beside what was asked, the answer is too short to judge: say in a sentence or two more what you did, with what, or how much."),
    mark("Beside what was asked, the answer says nothing that can be looked at: add what you did, with what, or how much."),
    mark("The question has no key points: there is nothing to hold the answer against."),
    mark("The answer is a list of words, not sentences: it states nothing that could be judged."),
    mark("This question was the model's own, from beyond the bank, so the answer is kept and not judged."),
    mark("Your voice was hard to make out, so the verdicts are less sure. Read the text again: where a word is wrong, answer once more."),
    mark(
        "Too little of this was heard clearly to judge it. Answer again: come closer to the microphone, "
        "correct the text before you give it, or type."
    ),
    mark("This reads like a faulty transcript: %(pairs)s. The verdicts are less sure; correct the text and have it judged again."),
    mark("%(part)s Where it was not heard, the offline verdict stands."),
    mark("The judge sees a misconception that is not counted: “%(claim)s”, in “%(quote)s”."),
    mark("The judge does not see the misconception “%(claim)s”."),
    mark("The assessor broke down (%(kind)s). Your answer is kept; have it judged again, and if it stays so, report it."),
    mark("The assessment was cut short %(num)s times. Your answer is kept; have it judged again when greenroom runs quietly."),
)
STRUCTURE = (
    mark("The whole answer is one case: its parts are the key points."),
    mark("One sentence: there is no order to judge."),
    mark("No key point was recognised, so nothing answers the question first."),
    mark("The answer comes first."),
    mark("It begins with something of an answer; whether a listener takes it for one is open."),
    mark("It opens with a story or a picture: say the answer first, then tell it."),
    mark("It opens by thinking aloud: take the breath first, then begin with the answer."),
    mark("It touches the subject at once but hardly answers the question."),
    mark("%(num)s words pass before the first key point: open with the answer, then explain."),
    mark("%(num)s words: too few to tell."),
    mark("One word: too few to tell."),
    mark("%(num)s words: more than a listener holds. Aim for %(num_low)s to %(num_high)s."),
    mark("%(num)s words; the longest sentence has %(num_longest)s."),
    mark("%(num_fillers)s fillers and %(num_restarts)s restarts in %(num)s words: a silent pause does the same work."),
    mark("A list of terms: short, but nothing is said with them."),
    mark("%(num)s words that go over the same ground: say it once."),
    mark("A general audience could follow: few technical terms are left unexplained."),
    mark("On the edge for a general audience: %(terms)s."),
    mark("Say in plain words what is meant by %(terms)s."),
    mark("No example or analogy was found: one makes an abstract point stick."),
    mark("There is an example or an analogy."),
    mark("The nearest to an example: name a case, a person, a number, and it sticks."),
    mark("Something of an example: make it one case, with who, what and how much."),
    mark("What “%(name)s” does is not known here: add the job text to your profile to have this judged."),
    mark("Only %(words)s touches their work: one case from it would settle the fit."),
    mark("Speaks to their work: %(words)s."),
    mark("The case comes from another line of work (%(other)s): tell it for theirs (%(theirs)s)."),
    mark("The case comes from another line of work (%(other)s): tell it for theirs."),
    mark("Nothing in it is about their work (%(theirs)s): add one case from it."),
    mark("Nothing in it is about their work: add one case from it."),
)
ADVICE = (
    mark("Not so: %(point)s"),
    mark("Set this right: %(point)s"),
    mark("Add: %(point)s"),
    mark("Say fully: %(point)s"),
    mark("Without looking, correct it aloud in two sentences with an example of your own: %(point)s"),
    mark("Without looking, say it aloud in two sentences with an example of your own: %(point)s"),
    mark("Both of you"), mark("You in part"), mark("Only the model answer"), mark("Only you"), mark("Neither"),
    mark("You made %(num)s of %(num_all)s points; what you left out, it leaves out too."),
    mark("You made %(num)s of %(num_all)s points; %(num_only)s is in the model answer and not in yours."),
    mark("You made %(num)s of %(num_all)s points; %(num_only)s are in the model answer and not in yours."),
    mark("You made every point."),
    mark("it was judged wrong"), mark("it was said already"), mark("it is no part of the answer"), mark("a pause does the same work"),
    mark("It now opens with the sentence that makes your weightiest point."),
    mark("Cut: %(list)s."),
    mark("%(num)s stretch that was judged wrong"), mark("%(num)s stretches that were judged wrong"),
    mark("%(num)s repetition"), mark("%(num)s repetitions"),
    mark("%(num)s remark that is no part of the answer"), mark("%(num)s remarks that are no part of the answer"),
    mark("%(num)s filler"), mark("%(num)s fillers"),
    mark("%(num)s words became %(num_after)s."), mark("Every word stays; nothing had to be cut."),
)  # fmt: skip
WAYS = (
    mark("Say it in one minute: about %(num)s words. Keep the weightiest points."),
    mark("Say it to somebody outside the field: plain words, one picture or case."),
    mark("Say it to a staff engineer: the details, the right terms, what it costs."),
    mark("In 60 seconds"), mark("To a non-expert"), mark("To a staff engineer"),
    mark("Said in a minute"), mark("Said to a non-expert"), mark("Said to a staff engineer"),
    mark("It could not be judged, so whether it met its aim is open."),
    mark("%(part)s: it does what it should."),
    mark("%(part)s: to work on: %(list)s."),
    mark("%(part)s: nearly; one side could go either way."),
    mark("Within a minute"), mark("The weighty points survive"), mark("Plain language"), mark("A picture or a case"),
    mark("The essentials"), mark("Depth"), mark("The field's own words"), mark("A cost or a limit"), mark("Nothing wrong"),
    mark("within a minute"), mark("the weighty points survive"), mark("plain language"), mark("a picture or a case"),
    mark("the essentials"), mark("depth"), mark("the field's own words"), mark("a cost or a limit"), mark("nothing wrong"),
    mark("%(num)s words, about %(num_seconds)s seconds at %(num_pace)s words a minute."),
    mark("%(num)s words, about %(num_seconds)s seconds at %(num_pace)s words a minute: there was room for more."),
    mark("%(num)s words, about %(num_seconds)s seconds at %(num_pace)s words a minute: a quick speaker makes it."),
    mark("%(num)s words, about %(num_seconds)s seconds at %(num_pace)s words a minute: %(num_over)s words too many."),
    mark("No point was made before, so there was none to keep."),
    mark("%(num)s of the %(num_all)s points you made before are in it."),
    mark("%(num)s of the %(num_all)s points you made before are in it; the weightiest left out: %(point)s"),
    mark("%(num)s of the %(num_all)s essential points are in it."),
    mark("%(num)s of the %(num_all)s points beyond the essentials."),
    mark("%(num)s of the %(num_all)s points beyond the essentials; not in it: %(point)s"),
    mark("This question has too few technical terms to listen for."),
    mark("1 term of the model answer."),
    mark("1 term of the model answer; not used: %(terms)s."),
    mark("%(num)s terms of the model answer."),
    mark("%(num)s terms of the model answer; not used: %(terms)s."),
    mark("Nothing says what it costs, where it stops working or how much of it there is."),
    mark("It says what it costs or where it ends."),
    mark("No statement was judged wrong."),
    mark("Judged wrong: “%(quote)s”"),
)  # fmt: skip
REPORT = (
    mark("Judged."),
    mark("Could not be judged, which is not a zero."),
    mark("Skipped: not judged, and not a zero."),
    mark("Not answered: not judged, and not a zero."),
    mark("Your answer is kept and waits to be judged."),
    mark("The assessment failed; your answer is kept."),
    mark("First rate your answer yourself; then the score is shown."),
    mark("The scores come when the mock interview has ended."),
    mark("You judged yourself about right."),
    mark("You rated yourself %(num)s of 100 above the scores."),
    mark("You rated yourself %(num)s of 100 below the scores."),
    mark("%(num_better)s better, %(num_worse)s worse, %(num_same)s the same."),
    mark("%(num_better)s better, %(num_worse)s worse, %(num_same)s the same. %(num_was)s → %(num_now)s."),
    mark("The clock of this computer was set back meanwhile. Nothing was lost; the interview's own time goes on from where it was."),
    mark("For %(num)s minutes nothing was heard here, so the interview's clock stood still. Nothing was lost; go on where you are."),
    mark("For %(num)s hours nothing was heard here, so the interview's clock stood still. Nothing was lost; go on where you are."),
    mark("What you typed here is kept beside it: you find it on this page and in the debrief."),
    mark("Authored words: the model %(name)s %(part)s"),
    mark("Authored words before the question: the model %(name)s said more there than what leads over to it."),
    mark("could not be asked: %(why)s"), mark("gave no line that can be used: %(why)s"), mark("took longer than %(num)s seconds."),
    mark("asked nothing."), mark("asked more than one thing."), mark("talked too long."), mark("wrote markup instead of speech."),
    mark("did not speak English."), mark("fell out of its part."), mark("passed a verdict."),
    mark("gave away what an answer should hold."), mark("went round in circles."), mark("repeated what was said before."),
    mark("asked about something else."),
)  # fmt: skip
INTERVIEWS = (
    mark("Phone screen"), mark("Deep dive"), mark("Full loop"), mark("My weak points"), mark("One job"),
    mark("Twenty minutes with the person who leads the team: the basics across topics, one story, and your questions."),
    mark("One topic, from its basics to its edges, with somebody who asks how you know. Up to three follow-ups upon one question."),
    mark("Four stories from your own work: what it was, what you did, what came of it, how you know."),
    mark("A whole day in ninety minutes: four people in five rounds, from the first call to the panel. Pause between rounds as you like."),
    mark("What you missed or got wrong before, the weightiest first, in words you have not heard yet."),
    mark("The topics of one job advert, asked by three people in turn, with a story and your questions for this company."),
    mark("A story"), mark("Your work"), mark("First call"), mark("Research"), mark("Building it"), mark("With the business"),
    mark("Weak points"), mark("The job"),
)  # fmt: skip
PROGRESS = (
    mark("held"), mark("in part"), mark("missed or wrong"), mark("not met yet"),
    mark("One answer makes the first day."),
    mark("The last time was %(num)s days ago. What you held then is kept; one point is enough to go on."),
    mark("Practised today: %(num)s of the last 7 days."),
    mark("Practised today: %(num)s of the last 7 days, %(num_row)s in a row."),
    mark("Practised yesterday: %(num)s of the last 7 days."),
    mark("Practised yesterday: %(num)s of the last 7 days, %(num_row)s in a row."),
    mark("No interview date is set; with one, this says what you may hold on that day."),
    mark("The day of the interview has passed."),
    mark("The interview is today."),
    mark("Too little to tell: a range needs %(num)s days from the first, %(num_practised)s of them with practice."),
    mark("Too far away to tell from %(num)s days. A range appears nearer to the date."),
    mark("Too far away to tell so early. A range appears nearer to the date."),
    mark("Going on as in the last %(num)s days, you hold %(part)s of your points on %(day)s; today it is %(num_now)s %%."),
    mark("Going on as in the last %(num)s days, you hold %(part)s of your points on %(day)s; today it is %(num_now)s %%. Without any more practice about %(num_rests)s %% would still be there."),  # noqa: E501
    mark("Going on as so far, with practice on %(num)s of the last %(num_days)s days of your plan, you hold %(part)s of your points on %(day)s; keeping every day that it has until then (%(num_ahead)s), %(part_kept)s. Today it is %(num_now)s %%."),  # noqa: E501
    mark("Going on as so far, with practice on %(num)s of the last %(num_days)s days of your plan, you hold %(part)s of your points on %(day)s; keeping every day that it has until then (%(num_ahead)s), %(part_kept)s. Today it is %(num_now)s %%. Without any more practice about %(num_rests)s %% would still be there."),  # noqa: E501
    mark("Your pace is not known yet, with practice on %(num)s of %(num_days)s days: %(part)s of your points on %(day)s, from stopping here to keeping every day that your plan has until then (%(num_ahead)s). Today it is %(num_now)s %%."),  # noqa: E501
    mark("Your pace is not known yet, with practice on %(num)s of %(num_days)s days: %(part)s of your points on %(day)s, from stopping here to keeping every day that your plan has until then (%(num_ahead)s). Today it is %(num_now)s %%. Without any more practice about %(num_rests)s %% would still be there."),  # noqa: E501
    mark("No day of your plan is left before %(day)s; today you hold %(num)s %% of your points."),
    mark("No day of your plan is left before %(day)s; today you hold %(num)s %% of your points. Without any more practice about %(num_rests)s %% would still be there."),  # noqa: E501
    mark("It takes from your plan the days of work (%(num)s), mocks (%(num_mocks)s) and new questions (%(num_new)s) to come; from your days of practice that %(num_first)s %% of a new question holds at once, and that a day wins back %(num_won)s %% of what is open and loses %(num_lost)s %% of what is held."),  # noqa: E501
    mark("It takes from your plan the days of work (%(num)s), mocks (%(num_mocks)s) and new questions (%(num_new)s) to come; and that they go as your first days did."),  # noqa: E501
    mark("It takes from your plan the days of work (%(num)s), mocks (%(num_mocks)s) and new questions (%(num_new)s) to come, the rest day left out; from your days of practice that %(num_first)s %% of a new question holds at once, and that a day wins back %(num_won)s %% of what is open and loses %(num_lost)s %% of what is held."),  # noqa: E501
    mark("It takes from your plan the days of work (%(num)s), mocks (%(num_mocks)s) and new questions (%(num_new)s) to come, the rest day left out; and that they go as your first days did."),  # noqa: E501
    mark("No plan is begun: this goes by the pace of your last %(num)s days alone."),
    mark("about %(num)s %%"), mark("between %(num)s and %(num_high)s %%"),
    mark("Rate yourself before the score, and this shows how near you are."),
    mark("You rate yourself about as the scores do."),
    mark("You rate yourself %(num)s of 100 higher than the scores, on average."),
    mark("You rate yourself %(num)s of 100 lower than the scores, on average."),
    mark("Open with the answer; explain after it."),
    mark("Say it once, then stop. A pause does the work of a filler."),
    mark("When a technical word comes, say in five plain words what it means."),
    mark("Have one case ready: who, what, how much."),
    mark("You said: “%(quote)s”"),
)  # fmt: skip
WAITING = (
    mark("One idea at a time, most overdue first."),
    mark("One idea at a time, what would cost you most in the interview first."),
    mark("One more is due; these %(num)s have waited longest."),
    mark("%(num_more)s more are due; these %(num)s have waited longest."),
    mark(
        "One more is due; these %(num)s count most in the interview, by their weight and by how likely they are to be missing "
        "then. At %(num_day)s a day all of them get a turn before it."
    ),
    mark(
        "One more is due; these %(num)s count most in the interview, by their weight and by how likely they are to be missing "
        "then. At %(num_day)s a day %(num_turn)s of %(num_all)s get a turn before it."
    ),
    mark(
        "%(num_more)s more are due; these %(num)s count most in the interview, by their weight and by how likely they are to be missing "
        "then. At %(num_day)s a day all of them get a turn before it."
    ),
    mark(
        "%(num_more)s more are due; these %(num)s count most in the interview, by their weight and by how likely they are to be missing "
        "then. At %(num_day)s a day %(num_turn)s of %(num_all)s get a turn before it."
    ),
)  # fmt: skip
PREPARING = (
    mark("The day of the interview is past. Give the next one, and the plan begins anew."),
    mark("No date is set: this plan runs for two weeks. Set the day of the interview and it fits itself to it."),
    mark("It is today: nothing new any more. Look once at what comes back, and at the questions you will ask."),
    mark("There is no time for a mock interview and a rest day: the questions that matter most come first."),
    mark("The interview is %(num)s days away; the first %(num_shown)s are shown."),
    mark("One question does not fit into the days that are left; what was asked for most comes first."),
    mark("%(num)s questions do not fit into the days that are left; what was asked for most comes first."),
    mark("When and where was it, and what was going on?"),
    mark("What did you have to do, or want to reach? What was expected of you?"),
    mark("What did you do, step by step, and why that way?"),
    mark("Which of these steps were yours? Say “I” for them."),
    mark("What came of it in the end?"),
    mark("By how much? A number, or a change that somebody could check."),
    mark("What did you learn, and what have you done differently since?"),
    mark("No line in it says what you did, or with what. Is it the whole text?"),
    mark("Nothing in it matches a question of the bank. Is it the whole text?"),
    mark("This seems to be in %(part)s; greenroom reads English. Paste an English version, if there is one."),
    mark("This seems to be in %(part)s; greenroom reads English. Only words that are the same in every language were found. Paste an English version, if there is one."),  # noqa: E501
    mark("%(num)s is few: some will be answered on the way. Bring about %(num_enough)s."),
    mark("None of them holds on to something that only they have."),
    mark("None of them says why you ask. One that does shows what you care about."),
    mark("%(num)s of %(num_all)s would be better asked in another round."),
    mark("%(num)s still has something to fill in."), mark("%(num)s still have something to fill in."),
    mark("This does not ask anything yet: word it as a question."),
    mark("It says why you want to know."),
    mark("Say why you ask, in half a sentence: “I ask because …”."),
    mark("It holds on to something that only they have."),
    mark("It asks for one thing, not for a general view."),
    mark("Any employer could be asked this. Hold on to something of theirs, or ask for the last time it happened."),
    mark("Whether it is particular to them could not be told."),
    mark("A recruiter can answer this: it is about %(what)s."),
    mark("The manager you would have can answer this: it is about %(what)s."),
    mark("A future colleague can answer this: it is about %(what)s."),
    mark("An executive can answer this: it is about %(what)s."),
    mark("It is about %(what)s: keep it for %(part)s or %(part_other)s."),
    mark("It is about %(what)s: keep it for %(part)s."),
    mark("It is about %(what)s, which is at its place in no round."),
    mark("Whether %(part)s is the one to ask could not be told."),
    mark("A yes or a no answers it. Begin with how, what or why."),
    mark("The answer will be something that you can ask on about."),
    mark("Whether the answer leads on could not be told."),
    mark("A figure, a list or a slogan answers it, and there it ends. Ask how it came about, or for one case."),
    mark("In a first talk let them raise pay and holidays. Ask when an offer is near."),
    mark("Pay and holidays are not theirs to settle. Ask when an offer is near."),
    mark("Their website answers this. Start from the fact and ask what lies behind it."),
    mark("It asks what you would get or be spared. Ask about the work first; settle this with the offer."),
    mark("It accuses or quizzes. Ask with interest for what happened and what changed."),
    mark("Nobody can answer this on the spot. Ask about the next steps instead."),
    mark("Several questions in one: they will answer the last. Ask one and keep the others."),
)  # fmt: skip
SENTENCES = (*NAMES, *LANGUAGE_NAMES, *REFUSED, *STRUCTURE, *ADVICE, *WAYS, *REPORT, *INTERVIEWS, *PROGRESS, *WAITING, *PREPARING)
