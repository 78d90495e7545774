"""List the words that traders use for each idea.

Each entry is a pattern: `|` parts the alternatives, `_` stands for a blank, and
white space is only there to be read. Patterns meet text made plain by `concepts.normal`.
"""

from __future__ import annotations

from collections.abc import Mapping

from fks_desk.intelligence.questions.concept import Concept

WORDS: Mapping[Concept, str] = {
    Concept.WHY: r"""
        (i|we)_came_to|came_to_(own|hold|be)|
        why|reasons?|how_come|explain|explanation|justif\w+|rationale|what_for|causes?|caused|
        led_(me_)?to|what_(made|makes|got|put|brought)_(me|us)|how_did_(i|we)_(end_up|get|come|
        become|wind_up|go)|where_(does|did)_.*_come_from|came_about|come_about|story_behind|
        triggered|decided|how_is_it_that|background|arise|arose|history_of_(my|the|this)|
        origins?_of|behind_my|motiv\w+|on_what_(basis|grounds)|what_is_behind|what_s_behind
    """,
    Concept.HOLD: r"""
        hold|holds|holding|holdings|held|own|owns|owned|exposed|exposure|sitting_on|carry|
        carrying|in_possession|bags?|how_(much|many)_\S+_(do|have)_(i|we)(_got|_have)?|stake|
        have_(i|we)_got|in_my_book|am_i_in|are_we_in|invested_in|portfolio|inventory
    """,
    Concept.POSITION: r"positions?|flat|exposure|exposed|holdings?|portfolio",
    Concept.LONG: r"long",
    Concept.SHORT: r"short|shorted|shorting",
    Concept.FEE: r"""
        fees?|commissions?|charges?|charged|brokerage|trading_costs?|costs?_(of|
        for)_(my_)?(trading|trades)|how_(expensive|costly)|transaction_costs?|(exchange|
        venue)_(take|took|keep|kept|cut|deduct\w*)|trading_(has_|have_)?(cost|costed)|
        cost_me_to_trade|costs?_to_trade|cut_did|(exchange|venue|binance)_earn\w*|
        taken_by_the_(exchange|venue)|(pay|paid|paying|gone|went)_to_the_(exchange|venue)
    """,
    Concept.RESULT: r"""
        p_?n_?l|p_?&_?l|p_?and_?l|profits?|profitable|profitab\w+|loss|losses|gains?|gained|
        earn\w*|(money|profit|much|usdt|dollars?)_(did|have|do|has)_(i|we)_(make|made|win|won|
        lose|lost|gain)|made|make_money|making_money|lost|lose|losing|results?|performance|
        performed|winnings|net_outcome|bottom_line|in_the_(red|green|black|plus|minus)|(am|
        are)_(i|we)_(currently_)?(up|down)|up_or_down|proceeds|br(ing|ings|ought)_in|return_on|
        cost_me|money_maker|moneymaker|ahead|behind_overall|winners?|losers?
    """,
    Concept.REALISED: r"""
        reali[sz]ed?|booked|locked_in|banked|cashed|crystalli[sz]ed|pocketed|closed_(trades|
        positions|pnl|profit)
    """,
    Concept.UNREALISED: r"""
        (am|are)_(i|we)_(currently_)?(up|down|ahead|behind)_(on|with|in)|
        unreali[sz]ed|floating|on_paper|paper_(profit|loss|gain|pnl)\w*|mark(ed|
        ing)?_to_(the_)?market|open_(pnl|profit|loss|result|p_?&_?l|gain)|if_(i|we)_(sold|
        closed|exited|liquidated|got_out|flattened|were_to_(sell|close))|latent|underwater|
        unbooked|clos(e|ing)_out|(closing|selling|exiting)_(my|the|all)|not_(yet_)?(booked|
        reali[sz]ed)|(running|current)_(profit|loss|pnl|gain)
    """,
    Concept.COUNT: r"""
        how_many|number_of|count|counts|how_often|how_frequently|tally|quantity_of|
        amount_of_(trades|fills|orders|signals)|total_(trades|fills|orders|number)
    """,
    Concept.TRADE: r"""
        trade|trades|traded|fill|fills|execution|executions|executed|deal|deals|transaction|
        transactions|bought|buy|buys|buying|purchase|purchases|purchased|sold|sell|sells|
        selling|sale|sales|round_trips?|trading|closing_fills?|exits?
    """,
    Concept.ORDER: r"order|orders|bids?|offers?|limit|limits",
    Concept.OPEN: r"""
        open|resting|rests?|working|pending|waiting|unfilled|outstanding|live|still_(in|
        on)_the_book|not_(yet_)?(been_)?(filled|executed)|in_the_market|active|queued|
        in_the_(order_)?book|sitting_in_the_(order_)?book
    """,
    Concept.RESTING: r"""
        resting|rests?|unfilled|pending|outstanding|queued|(not|have_not|has_not|
        never)_(yet_)?(been_)?(filled|executed)(_yet)?|in_the_(order_)?book|
        on_the_(order_)?book|(orders?|bids?|offers?)_(still_)?out|waiting_to_(buy|sell)|
        waiting_to_be_(filled|executed)|still_working|yet_to_(fill|be_filled)
    """,
    Concept.CLOSED: r"closed|exited|flattened|liquidated",
    Concept.LAST: r"""
        last|latest|newest|most_recent|most_recently|recent|recently|just_now|previous|final|
        lately
    """,
    Concept.FIRST: r"""
        first|oldest|earliest|initial|very_beginning|start_trading|started_trading|
        begin_trading|began_trading
    """,
    Concept.BIG: r"""
        biggest|largest|greatest|heaviest|most_sizable|highest|maximum|max|hugest|fattest|top|
        most_(money|capital|notional)|bulkiest
    """,
    Concept.SMALL: r"smallest|tiniest|least|minimum|lowest|slightest",
    Concept.WORST: r"""
        most_(that_)?(i|we)_(have_|ve_)?(ever_)?lost|
        worst|lost_(me_|us_)?(the_)?most|loses?_(me_|us_)?(the_)?most|(biggest|largest|greatest|
        heaviest|deepest|maximum)_(\w+_)?(loss|loser|losing|drain|hit)\w*|cost_me_(the_)?most|
        costliest|most_(painful|expensive_mistake|costly|unprofitable|damaging)|hurt(s|
        ing)?_(\w+_){0,3}(most|worst)|deepest|(biggest|largest|highest)_draw_?downs?|poorest|
        weakest|lowest_(return|profit|result|pnl|sharpe)|least_profitable|bled|underperform\w*|
        disaster|lost_(me_)?(the_)?biggest|lose_(the_)?most(_money)?|lost_(the_)?most(_money)?
    """,
    Concept.BEST: r"""
        most_(that_)?(i|we)_(have_|ve_)?(ever_)?(made|earned|won|gained)|
        best|(smallest|lowest|least|shallowest)_draw_?downs?|most_profitable|most_successful|
        (biggest|largest|greatest|highest|top|fattest)_(\w+_)?(win|winner|winning|profit|gain|
        return|earner|sharpe|pnl)\w*|(made|earned|brought|won|gained|yielded|netted|returned|
        returns|makes|earns)_(me_|us_|in_)?(the_)?most|finest|strongest|most_money|
        most_lucrative|outperform\w*|top_(perform\w+|trade|result)|star_(trade|performer)
    """,
    Concept.WIN_RATE: r"""
        win\w*_(percentage|share|quota)|(win|lose|winning|losing)_(more_)?often|wins_and_losses|
        (share|ratio|percent\w*|part|fraction|rate|proportion)_of_(my_)?(win\w*|profitable|
        losing|losers|success\w*|good)|(how_)?successful_(are|were|is|was)_my|win_?rate|winrate|
        hit_?rate|success_rate|batting_average|accuracy|win_?(/|to)?_?loss(_ratio)?|
        success_ratio|(what|which)_(share|percent\w*|part|fraction|proportion|
        portion)_of_.*(win\w*|won|profit\w*|positive|right|green|gain\w*|success\w*|paid_off|
        money|plus|black)|how_(often|frequently|many)_.*(win|wins|winners?|winning|won|losers?|
        losing|in_profit|profitable|in_the_(green|black|plus)|pay_off|paid_off|right|successful|
        made_money|make_money)|winners_(versus|vs|and|against)_losers
    """,
    Concept.BALANCE: r"""
        (can|could)_(i|we)_(still_)?(spend|afford)|(dollars?|usdt|usd|money)_(are|
        is)_(still_)?(free|left|available|there)|balances?|cash|funds?|wallet|money_do_(i|
        we)_have|money_left|account_value|equity|available_(to|for|capital|money|funds)|
        buying_power|capital|purchasing_power|liquidity_left|(how_much|what)_(usdt|usdc|usd|
        busd|eur|money|dollars?)|free_(usdt|usdc|cash|funds|money)|(left|available|spare|
        remaining)_(in|on|to_spend|to_trade)|(are|is)_in_(my|the)_account|(left|available|spare|
        remaining|free)_(usdt|usdc|money|dollars?|euros?|currency)|on_(my|the)_account|
        in_my_account|how_rich|net_worth|coins_do_(i|we)_have
    """,
    Concept.BACKTEST: r"""
        back_?tests?|backtested|backtesting|back-tests?|simulations?|simulated|test_runs?|
        historical_tests?|runs?|strategy_tests?|tested_strateg\w+|tested|testing|in_tests
    """,
    Concept.METRIC: r"""
        sharpe|draw_?downs?|drawdown|sortino|calmar|profit_factor|cagr|risk_adjusted|
        total_return|buy_and_hold
    """,
    Concept.SIGNAL: r"""
        bullish|bearish|signals?|signalled|signaled|alerts?|alerted|recommend\w*|stances?|
        strateg(y|ies)_(say|says|said|think|thinks|thought|suggest\w*|want\w*|advis\w*|tell|
        told|decide\w*|call\w*)
    """,
    Concept.STRATEGY: r"strateg(y|ies)|system|algos?|algorithms?|bots?",
    Concept.PRICE: r"""
        price|prices|priced|quote|quotes|quoted|trading_at|trade_at|trades_at|traded_at|worth|
        market_(rate|value|price)|going_for|going_rate|valued|cost_right_now|where_(is|was|are|
        did)|what_(is|was)_\S+_at|how_much_(is|was|does|did)_(a_|an_|one_|1_)?(bitcoin|ether\w*|
        btc|eth|sol\w*|ada|bnb|xrp|coin|it)(_\w+)?_?(worth|cost|now)?|candles?|what_does_(one|a|
        an|1|a_single)_\S+_cost|how_(high|low|expensive)_is|stand\b|stands\b|stood\b|levels?|
        close_at|closed_at|open_at|opened_at
    """,
    Concept.HIGH: r"high|highs|highest|peak|peaked|top|topped|maximum|max|ceiling|upper",
    Concept.LOW: r"low|lows|lowest|bottom|bottomed|trough|minimum|min|floor|dip|dipped",
    Concept.CHANGE: r"""
        candles?|chang\w+|move|moves|moved|movement|moving|rise|rises|rose|risen|rising|fell|
        fall|falls|fallen|falling|drop\w*|climb\w*|gain|gained|swing\w*|range|rall\w+|(go|gone|
        went|going|been)_(up|down)|perform\w*|do_today|doing_today|did_.*_do|develop\w*|slid|
        slide|jump\w*|volatil\w+|happened_to
    """,
    Concept.VOLUME: r"""
        (everything|all|value)_(that_)?(i|we)_(have_|ve_)?traded|value_traded|volumes?|turnover|
        notional|(trade|traded|trading)_(the_)?(most|least)|most_traded|used?_(the_)?most|
        most_(active\w*|often|frequently)|activity|how_much_.*_(trade|traded|turn_over|
        turned_over)|(busiest|favou?rite)
    """,
    Concept.AVERAGE: r"average|averaged|mean|avg|on_average|typical|vwap|weighted",
    Concept.ENTRY: r"""
        pay_on_average|paid_on_average|pay_per|paid_per|
        entry|entries|entered|enter|cost_basis|break[_-]?even|get_in|got_in|get_into|got_into|
        cost_(me|us)_on_average|cost_base|purchase_price|price_(did|do|have)_(i|we)_(pay|paid|
        buy)|buy[-_]?in|acquired|cost_price|paid_(for|per)|pay_(for|per)|(average|mean|
        avg)_(\w+_)?(cost|price|entry|purchase)
    """,
    Concept.WHICH_SYMBOL: r"""
        (which|what)_(\w+_)?(coins?|symbols?|pairs?|markets?|instruments?|assets?|tokens?|
        crypto\w*|currenc\w+|tickers?)|(by|per|each|every)_(coin|symbol|pair|market|instrument|
        asset|token|crypto\w*)|(the|my|all)_(coins|pairs|symbols|markets|assets|instruments)|
        (coin|symbol|pair|market|asset|instrument)s?_.*(most|least)
    """,
    Concept.DAY: r"""
        (most|least)_\w+_day|
        (which|what|best|worst|by|per|each|every)_(single_)?(trading_)?day|daily|day_by_day|
        days?_(did|was|were)
    """,
    Concept.BUY: r"""
        buy|buys|buying|bought|purchase|purchases|purchased|purchasing|acquire\w*
    """,
    Concept.SELL: r"""
        sell|sells|selling|sold|sale|sales|offload\w*|unload\w*|dump\w*|dispos\w+
    """,
    Concept.HISTORY: r"list|show|history|overview|recap|everything|all_my|summar\w+|log_of",
    Concept.FAILED: r"""
        cancel\w*|reject\w*|refus\w*|den(y|ied)|expir\w*|withdrawn|taken_back|t(ake|ook)_back|
        pulled|blocked|bounced|turned_down|failed|in_doubt|not_sent
    """,
    Concept.WHO: r"""
        who_(placed|sent|made|put|wanted|entered|created)|by_hand|manual\w*|(placed|sent)_by|
        origin\w*|automat\w+
    """,
    Concept.NOW: r"""
        now|currently|current|at_the_moment|at_present|presently|today|this_moment|these_days|
        as_of_now|so_far
    """,
    Concept.MINE: r"i|my|me|mine|we|our|us|i_m|am_i",
    Concept.WELL: r"""
        how_well_(am|are|do|did|have)_(i|we)|how_(am|are|is|have|has|did|do|was|were)_(i|we|
        my_(account|trading|portfolio|desk|trades|positions?|holdings?)|the_(account|desk)|
        things|it_all)(_been)?_(doing|going|faring|perform\w*|do|trading|getting_on|look\w*)|
        how_is_it_going|status|how_are_things|(an|the)_overview|(state|condition|health)_of_(my|
        the)_(account|trading|desk)|summar\w+_(of_)?my|give_me_an_overview|(trading|
        account)_(summary|overview|report)
    """,
    Concept.FUNDING: r"fundings?|costs?_of_carry|carry(ing)?_costs?",
    Concept.FUNDING_RATE: r"""
        funding_rates?|rates?_of_funding|who_(pays|receives|gets)_(the_)?funding|(longs?|
        shorts?)_(pay|pays|paying|receive|get)
    """,
    Concept.PAID: r"""
        pay|pays|paid|paying|payments?|receives?|received|receiving|collect\w*|earn\w*|costs?|costed|spent|total|sum|
        altogether|net
    """,
    Concept.INTEREST: r"open_interest|oi|open_contracts|contracts_(are_|that_are_)?open",
    Concept.EXIT: r"stops?|targets?|brackets?",
    Concept.EXIT_ORDER: r"stop_?loss(es)?|stop_prices?|take_profits?|target_prices?",
    Concept.MARK: r"mark_prices?|index_prices?|mark_and_index|premium_(over|to|of)",
}
