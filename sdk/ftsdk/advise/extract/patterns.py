"""What people write and what it tells: patterns by fact, the first of a fact that is found counts."""

from __future__ import annotations

import re

# Several may hold: each row that is found adds its failure.
FAILURES: tuple[tuple[str, str], ...] = (
    ("knowledge", r"hallucinat\w+|plausibl[ey][^.]{0,30}(wrong|incorrect)|mak\w+ (things |stuff |\w+ )?up\b|invent\w*"),
    ("knowledge", r"(new|missing|outdated|wrong|stale) (\w+ ){0,2}(facts|knowledge|information)|not in (its|the) "
                  r"(pre-?)?training|pre-?training (did|does) not contain|unknown to the"),
    ("knowledge", r"(states?|claims?|makes? up|cites?)\b[^.]{0,40}(not in|nowhere in|do not contain|does not contain)"),
    ("knowledge", r"(polic\w+|rules?|claims?|answers?)[^.]{0,30}(not in th|nowhere in|articles do not)"),
    ("knowledge", r"\bgeneric\b|location[- ]specific|(specific|fits?) (to|for)? ?(a |the |their )?(region|location)|"
                  r"misunderstand\w*|get\w* the domain wrong|do(es)? not (understand|know) (the|our)"),
    ("knowledge", r"internal (docs?|documents?|librar\w+|wiki|code)|company facts|proprietary (\w+ )?(text|data|"
            r"tokens)|"
                  r"private \S+ code|over (our )?help articles"),
    ("knowledge", r"\b(rag|retrieval[- ]augmented)\b|question[,/] ?context|out[- ]of[- ]date|up[- ]to[- ]date"),
    ("knowledge", r"(poor|weak|bad(ly)?|do\w* badly) (at|in) [A-Z]\w+"),
    ("retrieval", r"(wrong|irrelevant) (passages|chunks|documents)|retriev\w+ (fails|misses|is (bad|poor|the "
            r"bottleneck))"),
    ("format", r"query language|\bDSL\b|\bline[- ]diffs?\b|invalid (json|xml|yaml|sql|output)|(wrong|broken|"
            r"inconsistent) "
               r"(format|structure|syntax)|mix\w* text (and|with)|text together with (ui|interface)|malformed"),
    ("style", r"\b(tone|voice|style|wording|brand)\b|sounds? like (us|our)|idioms?\b|jargon|house style"),
    ("style", r"(regional|proprietary|confidential|domain)[- ]\w*|(poor|weak|badly) (at|in) [A-Z]\w+"),
    ("reasoning", r"reason(s|ing)\b|multi-?step|\bmath\w*|calculat\w+|logical|\bproofs?\b|legal tasks"),
    ("behaviour", r"inconsisten\w+|grammar|grammatical|misses|miss(es|ed)? (rules|idioms)|forgets? rules|rules and "
            r"idioms|"
                  r"break\w* (others|another|other)|others? breaks?|intent|nuance|stay(ing)? silent|say nothing|know "
                          r"when"),
    ("behaviour", r"extract\w*|\bsplit\w*|section\w*|divided|cut into|criteria|judge?ments?|rout(e|ing|ed)\b|behav\w+|"
                  r"instructions? (are )?(ignored|not followed)"),
    ("behaviour", r"prompt (fixes|tweaks|changes)|fixing prompts|prompt engineering cannot"),
    ("cost", r"\b(cost|costs|costly|bill|bills|billed|dear|expensive|price|pricing|budget)\b|token (use|cost|usage)|"
             r"[$€£] ?\d[\d.,]*k?\b[^.]{0,20}(month|year)|tokens at (this|our)|cheaper"),
    ("latency", r"(too |but |are |and )slow\b|\binstant\w*|\blatency\b|at once\b|not the speed|milliseconds|real[- "
            r"]?time"),
)  # fmt: skip

# Words that say the answers are good as they are: what fails is then only what they cost or how long they take.
GOOD_ENOUGH = (
    r"quality (is|was|with \S+ prompting is) (fine|good|right|ok|excellent|high)|happy with the quality|"
    r"accuracy is (excellent|very high|fine|great)|excellent accuracy|it is very accurate|"
    r"(gives?|reach\w*) (us )?(the )?(wanted |desired )?quality|the quality we want|"
    r"(works|does this well|do well|does well|are good|is fine)\b[^.]{0,50}\b(but|at about|yet|and costs)|"
    r"works with a frontier|does this well|(works?|are good)\b[^.]{0,20}(but|yet) (are|is|too) (too )?slow"
)  # fmt: skip
# Quality is not reached after all.
NOT_GOOD = (
    r"quality (must|has to|needs to)|far (higher|better)|not (good )?enough|stuck (around|at)|falls? short|misses|"
    r"small (models |ones )[^.]{0,40}(poor|bad)"
)  # fmt: skip

# Fact -> rows of (value, pattern); the first that is found counts.
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "tried.prompting": (
        ("works_but_costly", r"(prompt\w*|few-?shot|frontier \w+|big models?|large models?|gpt)[^.]{0,60}(works?|"
                r"do(es)? "
                             r"(this )?well|reach\w* the|gives? us the|quality is right|are good)[^.]{0,80}(but|yet|"
                             r"cost|slow|bill|at about)"),
        ("works_but_costly", r"(works? (fine |well )?with a (frontier|large|big)|(quality|accuracy)[^.]{0,40}(is "
                r"right|is "
                             r"fine)[^.]{0,30}(cost|bill))"),
        ("insufficient", r"optimi[sz]ed prompts?|tuned prompts?|with \w+ examples \d{1,4}|few-?shot[^.]{0,60}(not "
                         r"enough|"
                r"only|both "
                         r"give|0\.\d{1,4})|3-shot|(zero|five|\d{1,3})-?shot[^.]{0,40}(and|or|also)[^.]{0,20}(shot|examples)"),
        ("insufficient", r"prompt (fixes|tweaks|engineering|changes)[^.]{0,30}(do not|does not|don't|cannot|can't)|"
                r"fixing "
                         r"prompts does not|(manual|examples)[^.]{0,40}in(to|side)? the prompt[^.]{0,60}(acceptable|"
                         r"miss|"
                         r"forget|lost|passable|so-so)|(prompt holds|pasted into)[^.]{0,200}(miss|forget)"),
        ("insufficient", r"(frontier|large|big) models?[^.]{0,40}(too slow|slow)[^.]{0,60}small|(small(er)? (ones|"
                r"models))"
                         r"[^.]{0,40}(poor|bad|quick but)|few-?shot[^.]{0,60}(not enough|insufficient|fails)|tried "
                         r"everything"),
        ("works", r"(quality|accuracy) (is|was) (fine|good|excellent|great|ok)|happy with the quality|excellent "
                r"accuracy|very "
                  r"accurate"),
        ("tried", r"zero-?shot|detailed (instructions|prompts)|careful instructions|prompt change|change (of )?the "
                  r"prompt|out-of-the-box|off-the-shelf|gpt-4 is generic|gpt-4 gives|gpt-4 (stays|are)|(open|frontier) "
                  r"(\S+ )?(models?|llms?) (miss|mis|do |are |get)|gpt-4o (would|could|is)|first version"),
    ),
    "tried.few_shot": (
        ("works_but_costly", r"few-?shot[^.]{0,80}(gives?|reach|quality)|prompting with examples reach"),
        ("insufficient", r"(3|five|5|three|\d{1,3})-?shot|with \w+ examples|many examples|lots of examples|plus many "
                r"examples"),
    ),
    "tried.rag": (
        ("insufficient", r"even with (retrieval|rag)|even when we retrieve|with retrieval\b[^.]{0,20}(still|wrong)|"
                r"with "
                         r"retrieval\. "),
        ("basic", r"(rag|retrieval\S*)[ -](pipeline|system)[^.]{0,60}(works|working)|working rag|(retrieval\S*)? "
                r"?pipeline "
                  r"\S+ [^.]{0,40}works|help articles"),
    ),
    "tried.smaller_model": (
        ("no", r"nobody (has )?(measured|tested|tried)[^.]{0,20}cheaper|no (cheaper|smaller) model was|cheaper "
                r"models?[^.]{0,30}"
               r"(never|not) (been )?(measured|tested|tried)|nobody (has )?(measured|tested) a (cheaper|smaller)"),
        ("insufficient", r"small(er)?( models| ones)?[^.]{0,40}(are (fast|quick) but|quick but|have speed but|poor|"
                r"too poor|bad)"),
    ),
    "tried.structured_output": (("works", r"schema (is )?(always|never) (valid|violated)|json is valid|always valid"),),
    "tried.caching": (
        ("works", r"(with|use|using) prompt caching|already cach\w+|(is|are) cached"),
        ("no", r"(not|un)[- ]?cached|no (prompt )?caching|drop the prompt|get rid of the prompt|lose the long prompt|"
                r"without "
               r"caching"),
    ),
    "tried.finetune": (
        ("insufficient", r"(re-?train(ing)?|each retrain|fine-?tuned models?)[^.]{0,120}(week|regression|break|wait|"
                r"pile|"
                         r"accumul|mount)|custom (-trained )?model[^.]{0,200}(ahead|lead|beat)|custom-?trained model"),
        ("partial", r"(runs on|uses|on) (a |one vendor's )?custom model|our own custom model|custom-trained model"),
    ),
    "eval_set": (
        ("no", r"nobody (knows|can tell) (how|the success)|success rate( is)? unknown|no (settled )?evals?|without "
                r"evals|evals "
               r"(are )?not settled|lack (settled )?evals|nobody knows"),
        ("yes", r"\bevals?\b|eval(uation)? set|a/b (test|exp)\w*|online (tests|experiments)|benchmark|bleu|\bf1\b|"
                r"held-?out|"
                r"accuracy (is|was)|scores?\b|reach(es)? \d|\d ?%"),
    ),
    "privacy": (
        ("self_host", r"(may|must|can ?not|cannot|should|can't) (not )?(leave|go off)|not leave|leave the (company|"
                r"building|"
                      r"premises)|stays? (local|in house|on our)|data (stay|must remain)|on[- ]prem\w*|on premises|"
                      r"locally|"
                      r"self-?host\w*|we host ourselves|in[- ]house only|(confidential)[^.]{0,60}(code|documents|docs)|"
                      r"everything is confidential|confidential internal|remain on a local"),
    ),
    "latency_need": (
        ("offline", r"asynchronous\w*|overnight|nightly|in batch(es)?|can wait|offline"),
        ("strict", r"\binstant\w*|at once|too slow|real[- ]?time|while typing|in-editor|in an editor|inside the ide|"
                   r"milliseconds|code completion|\bcompletion\b|before (retrieval|we search)|ahead of retrieval"),
    ),
    "spec_stability": (
        ("changing", r"requirements?[^.]{0,30}(move|moving|chang\w+|different each)|change every week|changes? "
                r"(weekly|constantly)|"
                     r"should do changes|what we require changes|keep changing|pre-?product|pre-?pmf|before product|"
                     r"not found "
                     r"product-?market"),
        ("stable", r"(requirements|spec\w*|rules) (are |is )?(stable|settled|fixed)|one (llm )?step\b"),
    ),
    "knowledge_churn": (
        ("static", r"(poor|weak|bad(ly)?) (at|in) [A-Z]\w+"),  # a language stays what it is
        ("fast", r"(grows|changes|updated|arrives) (every day|daily|weekly|each day|hourly)|new code arrives|grows "
                r"daily|"
                 r"(every|each) day\.|articles|polic(y|ies)|improve every few months|better every few months|every "
                         r"few months|"
                 r"requirements (move|change|keep|are)|change(s)? every week|finance|financial|news\b"),
        ("slow", r"facts|internal (docs|documents)|manual|pdfs"),
    ),
    "task_type": (
        ("extract", r"extract\w*|into (a )?json|to a (6|six)-field|json record|(split|cut|"
                r"divid)\w*[^.]{0,30}(sections|parts)|"
                    r"pull (out )?\d{1,4} variables|variables"),
        ("classify", r"classif\w+|\blabel (news|speech|text)|labels? for stance|we label\b|rout(e|ed|ing)\b|"
                r"filter\w* \S*\s?"
                     r"documents|sorts? documents|criteria|moderat\w+|triage|spam|which documents|go to one of"),
        ("code", r"\bcode\b|python|c\+\+|\bsql\b|query language|next edit|\bide\b|queries of our"),
        ("rewrite", r"grammar|grammatical|correct\w* (sentences|pairs|ones)|rewrit\w+|translat\w+|reformulat\w+|"
                r"paraphras\w+"),
        ("agent", r"many tools|lots of tools|with many tools|tool[- ]use|\bagents? that\b"),
        ("qa", r"q&a|question[- ]answer\w*|questions? about|question[,/] ?context|\brag\b|farm\w*|answering "
                r"(questions|model)|"
               r"retrieval-augmented"),
        ("generate", r"summar\w+|explain why|explanations? of|explain\w*|write \w+ (posts|mails)|draft\w*"),
        ("chat", r"chat\w*|conversation\w*|assistant|bot\b|support"),
    ),
    "narrowness": (
        ("broad", r"many (tasks|topics|ways)|all sorts of tasks|lots of tools|many tools|topic breadth|various "
                r"(legal )?tasks|"
                  r"different legal tasks|on legal tasks|tasks such as|many behaviours|behaves? (in many ways|differs)|"
                  r"conversational|(sentiment|entities)[^.]{0,60}(q&a|question|headline)|many new"),
        ("medium", r"several domains|a few domains|internal docs|several languages|regional|a farm|farmers|code base|"
                r"code "
                   r"completion"),
        ("narrow", r"one (llm )?step|\d[- ]field|six[- ]field|(three|3) (sections|parts)|grammar|query language|next "
                r"edit|"
                   r"diagnostic|classif\w+|extract\w*|criteria|rout(e|ed|ing)\b|stance|(structured )?summar\w+|why a "
                           r"job|job "
                   r"match|suggest(ed)? repl|draft answers|propose replies|rewrit\w+|grammatical|reformulat\w+"),
    ),
    "team": (
        ("weak", r"no gpus?\b|without (a )?gpu|hardly any gpus|gpus? (are )?(absent|practically)|desktop|\bpc\b|solo|"
                r"nobody (here )?can train"),
        ("strong", r"gpu cluster|cluster of gpus|gpus (are )?(on site|in house|available)|have gpus|50-person|fifty "
                r"ai|ai group|"
                   r"ai (team|people)|annotation team|employ annotators|(a/b|online) (tests|test|exp)|experts?\b|our "
                           r"own 50b|"
                   r"volunteers"),
    ),
    "data_quality": (
        ("low", r"(noisy|wrong|bad|poor) (labels|examples|data)|labels (are )?(wrong|noisy)"),
        ("mixed", r"synthetic|can (be )?(generate|made)|generate\w* (q&a|question)|q&a pairs can|modest (set|number)|"
                r"errors "
                  r"pile|labelled history"),
        ("high", r"verified|trusted|reliable labels|corrected|correction pairs|annotated|annotations|annotator|"
                r"experts?\b|real "
                 r"(editing|user)|actual edit|production logs|logs from production|agents (can|could) label|can label"),
    ),
    "data_amount": (
        ("plenty", r"huge (labelled )?history|history of labels|labelled history is huge|production logs|logs from "
                r"production|"
                   r"many regional|lots of regional|can (be )?generate|recordings?|record real|real editing|millions "
                           r"of "
                   r"(rows|examples)|experts? can|expert-corrected|labels by juniors"),
        ("some", r"few hundred|hundred (trusted|reliable|labels)|modest|q&a pairs|question[- ](and[- ])?answer pairs|"
                r"annotation "
                 r"team|annotators|some examples|real user queries|logged (user )?queries|queries (that|from) (real "
                         r")?users|tens of thousands of internal"),
    ),
    "verifiable": (
        ("yes", r"\bf1\b|bleu|verified|diagnostics|fields?\b|variables|labels?\b|exact match|unit tests?|compil\w+"),
    ),
}  # fmt: skip

FLAGS = re.IGNORECASE | re.DOTALL
COMPILED_FAILURES = tuple((value, re.compile(pattern, FLAGS)) for value, pattern in FAILURES)
COMPILED_CHOICES = {
    field: tuple((value, re.compile(pattern, FLAGS)) for value, pattern in rows) for field, rows in CHOICES.items()
}
GOOD_ENOUGH_RE = re.compile(GOOD_ENOUGH, FLAGS)
NOT_GOOD_RE = re.compile(NOT_GOOD, FLAGS)
