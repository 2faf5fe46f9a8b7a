"""Who lends cheapest, and nobody but the holder knows: asking several banks for sealed quotes 询价.

The supplier holds 1 000 000 yuan and asks two banks. Contract, invoice and delivery note go to both off the ledger;
their commitments stand on it, so both saw the same. Each bank seals its terms: SHA-256 over a secret salt and them. The
supplier is given salt and terms, and only what was sealed in time may be requested.
"""

from examples.demo.cast import Member
from examples.demo.checks import Check, ask, expect, refuse
from examples.demo.plan import PPM
from examples.demo.scenes.stage import FACE_FEN, TERM_DAYS, SceneFailed, Stage, new_salt
from examples.demo.steps import DAY_MS, YEAR_BASIS_DAYS, commit, compute_clock_ms
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from nodes.cli.values import show_fen
from receivables import rejections as vouchers
from receivables.discount import compute_financing_terms, compute_terms_commitment
from receivables.records import compute_asset_key
from receivables.side_records import compute_quotes_key

DOCUMENTS = ("contract", "invoice", "delivery note")
RATES_PPM = (36_000, 38_500)
WISHED_PPM = 30_000
GUESSES_PPM = range(10_000, 100_000, 10)
NUMBER = "QUOTE-1"


class Round:
    """Plays one round: two banks are asked, a third one would like to know."""

    def __init__(self, stage: Stage, issuer: Member) -> None:
        self._stage = stage
        self._supplier = stage.cast.supplier
        self._best, self._dear, self._stranger = stage.cast.banks
        stage.open("Quotes: which bank lends cheapest", "询价: 哪家银行便宜")
        self._ref = stage.live(issuer, NUMBER, stage.new_use())
        self._opens_on = stage.driver.day + 1
        self._salts = (new_salt(), new_salt())
        self._terms = [self._compute_terms(rate) for rate in RATES_PPM]
        self._seals = [compute_terms_commitment(*pair) for pair in zip(self._salts, self._terms, strict=True)]

    def play(self) -> list[Check]:
        """Ask, seal, pry, open, choose; the other quote is void."""
        self._ask()
        self._seal()
        self._pry()
        self._stage.wait_a_day()
        self._choose()
        self._consent()
        return self._prove()

    def _compute_terms(self, rate_ppm: int) -> pb.FinancingTerms:
        """For a sale of the whole from the day after on, until a due day that is near enough for all of them."""
        due_on = self._opens_on - 1 + TERM_DAYS
        return compute_financing_terms(FACE_FEN, PPM, rate_ppm, self._opens_on, due_on, YEAR_BASIS_DAYS)

    def _ask(self) -> None:
        asked = pb.AskQuotes(
            voucher=self._ref,
            amount_fen=FACE_FEN,
            form=pb.SALE_WITHOUT_RECOURSE,
            banks=sorted((self._best.id, self._dear.id)),
            documents=sorted(commit(document) for document in DOCUMENTS),
            quote_by_ms=compute_clock_ms(self._opens_on),
        )
        text = "the supplier asks two banks, with three documents", "供应商向两家银行询价, 附三份文件"
        self._stage.do([self._supplier], asked, *text)

    def _seal(self) -> None:
        stage = self._stage
        uninvited = self._quote(self._seals[0])
        text = "a third bank quotes, which nobody asked", "未受邀的银行报价"
        stage.refuse([self._stranger], uninvited, vouchers.NOT_ASKED_TO_QUOTE, *text)
        for bank, seal in zip((self._best, self._dear), self._seals, strict=True):
            text = f"{bank.english} seals its terms", "银行密封报价"
            stage.do([bank], self._quote(seal), *text)

    def _quote(self, seal: bytes) -> pb.GiveQuote:
        firm_until_ms = compute_clock_ms(self._opens_on) + DAY_MS
        return pb.GiveQuote(voucher=self._ref, terms_commitment=seal, firm_until_ms=firm_until_ms)

    def _pry(self) -> None:
        """A rival knows everything but the salt, and tries every rate from 1 % to 10 % with one of its own."""
        stage, guessed_salt = self._stage, new_salt()
        view = stage.client.ask(stage.client.vouchers.GetQuotes, node.GetQuotesRequest(voucher=self._ref))
        seen = next(quote.terms_commitment for quote in view.round.quotes if quote.bank == self._best.id)
        guesses = (compute_terms_commitment(guessed_salt, self._compute_terms(rate)) for rate in GUESSES_PPM)
        opened = sum(guess == seen for guess in guesses)
        text = f"a rival tries {len(GUESSES_PPM):,} rates without the salt", "对手不知盐值, 逐一试算利率"
        stage.note_try(*text, f"{opened} open the seal 均打不开" if not opened else "OPENED 已打开", not opened)
        if compute_terms_commitment(self._salts[0], self._terms[0]) != seen:
            raise SceneFailed("the bank's own opening does not open its quote")
        early = self._request(self._best, self._seals[0])
        text = "the supplier chooses while banks may still quote", "报价期内提前选定"
        stage.refuse([self._supplier], early, vouchers.QUOTES_NOT_YET_OPEN, *text)

    def _request(self, bank: Member, seal: bytes, is_quoted: bool = True) -> pb.RequestFinancing:
        request = self._stage.request(self._ref, bank, pb.SALE_WITHOUT_RECOURSE, seal)
        request.is_quoted = is_quoted
        return request

    def _choose(self) -> None:
        stage, supplier = self._stage, self._supplier
        better = compute_terms_commitment(self._salts[1], self._compute_terms(RATES_PPM[0] - 100))
        text = "next day: the other bank has heard of it, and undercuts", "次日: 另一家得知后压价"
        stage.refuse([self._dear], self._quote(better), vouchers.QUOTES_CLOSED, *text)
        wished = compute_terms_commitment(self._salts[0], self._compute_terms(WISHED_PPM))
        text = "the supplier forges an opening: 3 % where 3.6 % is sealed", "供应商伪造开封: 3 % 冒充 3.6 %"
        stage.refuse([supplier], self._request(self._best, wished), vouchers.QUOTE_DIFFERS, *text)
        text = f"… and requests what {self._best.english} sealed", "……按密封条件向其申请"
        stage.do([supplier], self._request(self._best, self._seals[0]), *text)
        withdraw = pb.WithdrawFinancing(voucher=self._ref)
        stage.do([supplier], withdraw, "… changes its mind", "……又撤回申请")
        text = "… and requests the other quote: void since the first request", "……改选另一报价: 已随首次申请失效"
        stage.refuse([supplier], self._request(self._dear, self._seals[1]), vouchers.QUOTES_CLOSED, *text)

    def _consent(self) -> None:
        """Supplier and bank agree on the same terms once more, without a round."""
        stage, request = self._stage, self._request(self._best, self._seals[0], is_quoted=False)
        text = "both agree on the first terms after all", "双方仍按首家条件达成"
        asked_ms = stage.do([self._supplier], request, *text).time_ms
        take = pb.TakeFinancing(voucher=self._ref, register_by_ms=stage.deadline_ms)
        take.terms_commitment = self._seals[1]
        text = "the bank takes it at other terms", "银行受理时更换条件"
        stage.refuse([self._best], take, vouchers.TERMS_DIFFER, *text)
        take.terms_commitment = self._seals[0]
        text = "the other bank takes it", "另一家银行抢先受理"
        stage.refuse([self._dear], take, vouchers.NOT_THE_COUNTERPARTY, *text)
        paid = stage.pay_out(request, self._best, asked_ms)
        stage.note(f"{self._best.english} takes, registers and pays out", "银行受理、登记并放款", paid)
        best, dear = (terms.net_fen for terms in self._terms)
        english = f"Net {show_fen(best)} yuan at 3.6 %, {show_fen(dear)} at 3.85 %: asking was worth"
        chinese = f"到手净额相差 {show_fen(best - dear)} 元, 条件本身从未上账。"
        stage.remark(f"{english} {show_fen(best - dear)}. Neither rate ever stood on the ledger.", chinese)

    def _prove(self) -> list[Check]:
        stage, asset = self._stage, compute_asset_key(self._ref)
        stage.evidence.prove_records("quotes", [compute_quotes_key(self._ref)])
        stage.evidence.prove_asset("sold", asset, f"held-by {self._best.id}")
        sold, unsold = ask(asset, f"held-by {self._best.id}"), ask(asset, f"held-by {self._supplier.id}")
        return [
            expect("what the banks sealed: two hashes, no rate", "两家银行密封的仅为承诺值", "quotes.json"),
            expect("the bank holds what it bought", "银行持有所受让的凭证", "sold.json", *sold),
            refuse(
                "the supplier says it still holds it", "供应商称仍持有", "sold.json", *unsold, reason="ANSWER_IS_NO"
            ),
        ]
