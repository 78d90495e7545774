"""Recognise the ideas that a question's words stand for, in any wording."""

from __future__ import annotations

import re
from enum import StrEnum, auto


class Concept(StrEnum):
    """Name an idea that many words express."""

    WHY = auto()
    HOLD = auto()
    POSITION = auto()
    LONG = auto()
    SHORT = auto()
    FEE = auto()
    RESULT = auto()
    REALISED = auto()
    UNREALISED = auto()
    COUNT = auto()
    TRADE = auto()
    ORDER = auto()
    OPEN = auto()
    RESTING = auto()
    CLOSED = auto()
    LAST = auto()
    FIRST = auto()
    BIG = auto()
    SMALL = auto()
    WORST = auto()
    BEST = auto()
    WIN_RATE = auto()
    BALANCE = auto()
    BACKTEST = auto()
    METRIC = auto()
    SIGNAL = auto()
    PRICE = auto()
    HIGH = auto()
    LOW = auto()
    CHANGE = auto()
    VOLUME = auto()
    AVERAGE = auto()
    ENTRY = auto()
    WHICH_SYMBOL = auto()
    DAY = auto()
    BUY = auto()
    SELL = auto()
    HISTORY = auto()
    FAILED = auto()
    WHO = auto()
    NOW = auto()
    MINE = auto()
    WELL = auto()


_WORDS: dict[Concept, str] = {
    Concept.WHY: r"why|reasons?|how come|explain|explanation|justif\w+|rationale|what for|causes?|"
    r"caused|led (me )?to|what (made|makes|got|put|brought) (me|us)|how did (i|we) (end up|get|"
    r"come|become|wind up|go)|where (does|did) .* come from|came about|come about|story behind|"
    r"behind my|motiv\w+|on what (basis|grounds)|what is behind|what s behind",
    Concept.HOLD: r"hold|holds|holding|holdings|held|own|owns|owned|exposed|exposure|sitting on|"
    r"carry|carrying|in possession|bags?|how much \S+ (do|have) (i|we)( got| have)?|stake|"
    r"have (i|we) got|in my book|am i in|are we in|invested in|portfolio|inventory",
    Concept.POSITION: r"positions?|exposure|exposed|holdings?|portfolio",
    Concept.LONG: r"long",
    Concept.SHORT: r"short|shorted|shorting",
    Concept.FEE: r"fees?|commissions?|charges?|charged|brokerage|trading costs?|"
    r"costs? (of|for) (my )?(trading|trades)|transaction costs?|(exchange|venue) (take|took|keep|"
    r"kept|cut|deduct\w*)|trading (has |have )?(cost|costed)|cost me to trade|costs? to trade|"
    r"cut did|taken by the (exchange|venue)|(pay|paid|paying|gone|went) to the (exchange|venue)",
    Concept.RESULT: r"p ?n ?l|p ?& ?l|p ?and ?l|profits?|profitable|profitab\w+|loss|losses|gains?|"
    r"gained|earn\w*|made|make money|making money|lost|lose|losing|results?|performance|"
    r"performed|winnings|net outcome|bottom line|in the (red|green|black|plus|minus)|"
    r"(am|are) (i|we) (currently )?(up|down)|up or down|proceeds|return on|cost me|money maker|"
    r"moneymaker|ahead|behind overall|winners?|losers?",
    Concept.REALISED: r"reali[sz]ed?|booked|locked in|banked|cashed|crystalli[sz]ed|pocketed|"
    r"closed (trades|positions|pnl|profit)",
    Concept.UNREALISED: r"unreali[sz]ed|floating|on paper|paper (profit|loss|gain|pnl)s?|"
    r"mark(ed|ing)? to (the )?market|open (pnl|profit|loss|result|p ?& ?l|gain)|"
    r"if (i|we) (sold|closed|exited|liquidated|got out|flattened|were to (sell|close))|"
    r"latent|not (yet )?(booked|reali[sz]ed)|(running|current) (profit|loss|pnl|gain)",
    Concept.COUNT: r"how many|number of|count|counts|how often|how frequently|tally|quantity of|"
    r"amount of (trades|fills|orders|signals)|total (trades|fills|orders|number)",
    Concept.TRADE: r"trade|trades|traded|fill|fills|execution|executions|executed|deal|deals|"
    r"transaction|transactions|bought|buy|buys|buying|purchase|purchases|purchased|sold|sell|"
    r"sells|selling|sale|sales|round trips?|trading|closing fills?|exits?",
    Concept.ORDER: r"order|orders|bids?|offers?|limit|limits",
    Concept.OPEN: r"open|resting|rests?|working|pending|waiting|unfilled|outstanding|live|"
    r"still (in|on) the book|not (yet )?(been )?(filled|executed)|in the market|active|queued|"
    r"in the (order )?book|sitting in the (order )?book",
    Concept.RESTING: r"resting|rests?|unfilled|pending|outstanding|queued|"
    r"(not|have not|has not|never) (yet )?(been )?(filled|executed)( yet)?|in the (order )?book|"
    r"on the (order )?book|waiting to be (filled|executed)|still working|yet to (fill|be filled)",
    Concept.CLOSED: r"closed|exited|flattened|liquidated",
    Concept.LAST: r"last|latest|newest|most recent|most recently|recent|recently|just now|"
    r"previous|final|lately",
    Concept.FIRST: r"first|oldest|earliest|initial|very beginning|start trading|started trading|"
    r"begin trading|began trading",
    Concept.BIG: r"biggest|largest|greatest|heaviest|most sizable|highest|maximum|max|hugest|"
    r"fattest|top|most (money|capital|notional)|bulkiest",
    Concept.SMALL: r"smallest|tiniest|least|minimum|lowest|slightest",
    Concept.WORST: r"worst|lost (me |us )?(the )?most|loses? (me |us )?(the )?most|"
    r"(biggest|largest|greatest|heaviest|deepest|maximum) (\w+ )?(loss|loser|losing|drain|hit)\w*|"
    r"cost me (the )?most|costliest|most (painful|expensive mistake|costly|unprofitable|"
    r"damaging)|"
    r"hurt (me |us )?(the )?(most|worst)|poorest|weakest|lowest (return|profit|result|pnl|sharpe)|"
    r"least profitable|bled|underperform\w*|disaster|lost (me )?(the )?biggest|"
    r"lose (the )?most( money)?|lost (the )?most( money)?",
    Concept.BEST: r"best|most profitable|most successful|"
    r"(biggest|largest|greatest|highest|top|fattest) (\w+ )?"
    r"(win|winner|winning|profit|gain|return|earner|sharpe|pnl)\w*|"
    r"(made|earned|brought|won|gained|yielded|netted) (me |us |in )?(the )?most|finest|strongest|"
    r"most money|most lucrative|outperform\w*|top (perform\w+|trade|result)|star (trade|performer)",
    Concept.WIN_RATE: r"win ?rate|winrate|hit ?rate|success rate|batting average|accuracy|"
    r"win ?(/|to)? ?loss( ratio)?|success ratio|"
    r"(what|which) (share|percent\w*|part|fraction|proportion|portion) of .*"
    r"(win\w*|won|profit\w*|positive|right|green|gain\w*|success\w*|paid off|money|plus|black)|"
    r"how (often|frequently|many) .*(win|wins|winners?|winning|won|losers?|losing|"
    r"in profit|profitable|in the (green|black|plus)|pay off|paid off|right|successful|"
    r"made money|make money)|winners (versus|vs|and|against) losers",
    Concept.BALANCE: r"balances?|cash|funds?|wallet|money do (i|we) have|money left|"
    r"account value|equity|available (to|for|capital|money|funds)|buying power|capital|"
    r"purchasing power|liquidity left|"
    r"(how much|what) (usdt|usdc|usd|busd|eur|money|dollars?)|free (usdt|usdc|cash|funds|money)|"
    r"(left|available|spare|remaining) (in|on|to spend|to trade)|on (my|the) account|"
    r"in my account|how rich|net worth|coins do (i|we) have",
    Concept.BACKTEST: r"back ?tests?|backtested|backtesting|back-tests?|simulations?|simulated|"
    r"test runs?|historical tests?|runs?|strategy tests?|tested strateg\w+|tested",
    Concept.METRIC: r"sharpe|draw ?downs?|drawdown|sortino|calmar|profit factor|cagr|"
    r"risk adjusted|total return|buy and hold",
    Concept.SIGNAL: r"signals?|signalled|signaled|alerts?|alerted|recommend\w*|stances?|"
    r"strateg(y|ies) (say|says|said|think|thinks|thought|suggest\w*|want\w*|advis\w*|tell|told|"
    r"decide\w*|call\w*)",
    Concept.PRICE: r"price|prices|priced|quote|quotes|quoted|trading at|trade at|trades at|"
    r"traded at|worth|market (rate|value|price)|going for|going rate|valued|cost right now|"
    r"where (is|was|are|did)|what (is|was) \S+ at|how much (is|was|does|did) (a |an |one |1 )?"
    r"(bitcoin|ether\w*|btc|eth|sol\w*|ada|bnb|xrp|coin|it)( \w+)? ?(worth|cost|now)?|candles?|"
    r"stand\b|stands\b|stood\b|levels?|close at|closed at|open at|opened at",
    Concept.HIGH: r"high|highs|highest|peak|peaked|top|topped|maximum|max|ceiling|upper",
    Concept.LOW: r"low|lows|lowest|bottom|bottomed|trough|minimum|min|floor|dip|dipped",
    Concept.CHANGE: r"chang\w+|move|moves|moved|movement|moving|rise|rises|rose|risen|rising|fell|"
    r"fall|falls|fallen|falling|drop\w*|climb\w*|gain|gained|swing\w*|range|rall\w+|"
    r"(go|gone|went|going|been) (up|down)|perform\w*|do today|doing today|did .* do|develop\w*|"
    r"slid|slide|jump\w*|volatil\w+|happened to",
    Concept.VOLUME: r"volumes?|turnover|notional|(trade|traded|trading) (the )?(most|least)|"
    r"most traded|most (active\w*|often|frequently)|activity|how much .* (trade|traded|turn over|"
    r"turned over)|(busiest|favou?rite)",
    Concept.AVERAGE: r"average|averaged|mean|avg|on average|typical|vwap|weighted",
    Concept.ENTRY: r"entry|entries|entered|enter|cost basis|break ?even|get in|got in|"
    r"cost base|purchase price|price (did|do|have) (i|we) (pay|paid|buy)|buy[- ]?in|acquired|"
    r"cost price|paid (for|per)|pay (for|per)|"
    r"(average|mean|avg) (\w+ )?(cost|price|entry|purchase)",
    Concept.WHICH_SYMBOL: r"(which|what) (\w+ )?(coins?|symbols?|pairs?|markets?|instruments?|"
    r"assets?|tokens?|crypto\w*|currenc\w+|tickers?)|(by|per|each|every) (coin|symbol|pair|market|"
    r"instrument|asset|token|crypto\w*)|"
    r"(coin|symbol|pair|market|asset|instrument)s? .*(most|least)",
    Concept.DAY: r"(which|what|best|worst|by|per|each|every) (single )?(trading )?day|daily|"
    r"day by day|days? (did|was|were)",
    Concept.BUY: r"buy|buys|buying|bought|purchase|purchases|purchased|purchasing|acquire\w*",
    Concept.SELL: r"sell|sells|selling|sold|sale|sales|offload\w*|unload\w*|dump\w*|dispos\w+",
    Concept.HISTORY: r"list|show|history|overview|recap|everything|all my|summar\w+|log of",
    Concept.FAILED: r"cancel\w*|reject\w*|refus\w*|den(y|ied)|expir\w*|withdrawn|taken back|"
    r"pulled|blocked|bounced|turned down|failed|in doubt|not sent",
    Concept.WHO: r"who (placed|sent|made|put|wanted|entered|created)|by hand|manual\w*|"
    r"(placed|sent) by|origin\w*|automat\w+",
    Concept.NOW: r"now|currently|current|at the moment|at present|presently|today|this moment|"
    r"these days|as of now|so far",
    Concept.MINE: r"i|my|me|mine|we|our|us|i m|am i",
    Concept.WELL: r"how (am|are|is|have|has|did|do|was|were) (i|we|my (account|trading|portfolio|"
    r"desk|trades)|the (account|desk)|things|it all)( been)? "
    r"(doing|going|faring|perform\w*|do|trading|getting on|look\w*)|how is it going|status|"
    r"how are things|summar\w+ (of )?my|give me an overview|"
    r"(trading|account) (summary|overview|report)",
}
_PATTERNS = {concept: re.compile(rf"\b(?:{words})\b") for concept, words in _WORDS.items()}
_NOT_A_WORD = re.compile(r"[^a-z0-9&/%.\-]+")
_LOOSE_MARKS = re.compile(r"(?<!\d)\.|\.(?!\d)|(?<![a-z0-9])[-/]|[-/](?![a-z0-9])")
_SPOKEN = (
    ("what's", "what is"),
    ("where's", "where is"),
    ("how's", "how is"),
    ("who's", "who is"),
    ("i've", "i have"),
    ("i'm", "i am"),
    ("we've", "we have"),
    ("we're", "we are"),
    ("didn't", "did not"),
    ("don't", "do not"),
    ("hasn't", "has not"),
    ("haven't", "have not"),
    ("isn't", "is not"),
)


def normal(text: str) -> str:
    """Return the text in small letters, with single blanks and without punctuation."""
    plain = text.lower().replace("’", "'")
    for spoken, written in _SPOKEN:
        plain = plain.replace(spoken, written)
    return " ".join(_LOOSE_MARKS.sub(" ", _NOT_A_WORD.sub(" ", plain)).split())


def concepts_in(text: str) -> frozenset[Concept]:
    """Return the ideas in a normal text."""
    return frozenset(concept for concept, pattern in _PATTERNS.items() if pattern.search(text))
