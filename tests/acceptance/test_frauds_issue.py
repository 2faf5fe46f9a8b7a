"""Exposure hidden in pieces, an issue said twice, a voucher sold for cash: told on a running node, each refused."""

from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.rejections import BAD_SIGNATURE
from receivables.rejections import (
    BASKET_DIFFERS,
    COMMITMENT_INVALID,
    LAYERS_EXHAUSTED,
    LINE_EXHAUSTED,
    LINE_NOT_OPEN,
    NO_REQUEST_PENDING,
    NOT_A_PARTY,
    NOT_THE_HOLDER,
    PACKAGE_EXISTS,
    TERMS_DIFFER,
    VOUCHER_LOCKED,
)
from receivables.side_records import compute_line_key
from tests.support.town import DAY_MS, DUE_DAY, FACE_FEN, Town, commit, open_town

LIMIT_FEN = 3 * FACE_FEN // 2


async def grant(town: Town, number: str, group: str = "", limit_fen: int = LIMIT_FEN) -> str:
    """The bank's issuing line for the core enterprise; returns its id."""
    command = pb.GrantLine(
        number=number, holder=town.core.id, purpose=pb.ISSUING, limit_fen=limit_fen, revolving=True, last_on=DUE_DAY,
        group=group,
    )  # fmt: skip
    await town.say(town.bank, command)
    return f"{town.bank.id}.{number}"


async def live_under(town: Town, number: str, line: str) -> pb.VoucherRef:
    """A voucher that was issued under a line and accepted: its whole range."""
    issue = town.issue(number, line=line)
    await town.say(town.core, issue)
    await town.say(town.supplier, town.accept(issue))
    return pb.VoucherRef(package=f"{town.core.id}.{number}", start=1, end=issue.face_fen)


async def use_of(town: Town, line: str) -> tuple[int, int]:
    """What of a line is reserved, and what is used, as its record says."""
    request = node.GetRecordRequest(key=compute_line_key(line))
    record = await town.client.ask(town.client.ledger.GetRecord, request)
    found = pb.Line.FromString(record.record.body)
    return found.reserved_fen, found.used_fen


def conditional(town: Town, ref: pb.VoucherRef, trade: bytes) -> pb.ConditionalTransfer:
    """The supplier buys from the second supplier, and pays with the voucher once both have confirmed."""
    return pb.ConditionalTransfer(
        voucher=ref,
        amount_fen=ref.end - ref.start + 1,
        buyer=town.supplier.id,
        seller=town.second_supplier.id,
        trade_commitment=trade,
        answer_by_ms=town.now_ms + DAY_MS,
    )


async def test_cutting_hides_no_exposure_and_nobody_cuts_for_ever(tmp_path):
    """Fraud 11: exposure in pieces."""
    async with open_town(tmp_path) as town:
        line = await grant(town, "L-1", group=await grant(town, "G-1"))
        ref = await live_under(town, "S-1", line)
        before = (await use_of(town, line), await town.owed_by(town.core))
        assert before == ((0, FACE_FEN), FACE_FEN)

        # One thousandth of the package may become one thousandth of its pieces, and that is one.
        small = FACE_FEN // 1000
        await town.say(town.supplier, pb.Split(voucher=ref, first_fen=small))
        piece, rest = (
            pb.VoucherRef(package=ref.package, start=a, end=b) for a, b in ((1, small), (small + 1, FACE_FEN))
        )
        again = pb.Split(voucher=piece, first_fen=small // 2)
        assert await town.refusal(town.supplier, again) == (LAYERS_EXHAUSTED, "voucher")
        start = rest.start
        for _ in range(15):
            left = pb.VoucherRef(package=ref.package, start=start, end=FACE_FEN)
            await town.say(town.supplier, town.transfer(left, town.second_supplier, small))
            offered = pb.VoucherRef(package=ref.package, start=start, end=start + small - 1)
            await town.say(town.second_supplier, pb.AcceptTransfer(voucher=offered))
            start += small
        left = pb.VoucherRef(package=ref.package, start=start, end=FACE_FEN)
        deeper = town.transfer(left, town.second_supplier, small)
        assert await town.refusal(town.supplier, deeper) == (LAYERS_EXHAUSTED, "voucher")

        # Seventeen pieces, two holders, and what the issuer owes and the bank bears has not moved by a fen.
        assert (await use_of(town, line), await town.owed_by(town.core)) == before
        trace = await town.trace(ref.package)
        assert (len(trace.vouchers), trace.sum_fen) == (17, FACE_FEN)
        assert sum(view.state.pieces for view in trace.vouchers) == 1000
        more = town.issue("S-2", line=line)
        assert await town.refusal(town.core, more) == (LINE_EXHAUSTED, "line")


async def test_lines_of_one_group_hide_no_exposure_either(tmp_path):
    """Fraud 11: exposure in sister companies."""
    async with open_town(tmp_path) as town:
        group = await grant(town, "G-1")
        first, second = await grant(town, "L-1", group), await grant(town, "L-2", group)
        await live_under(town, "S-1", first)
        assert await town.refusal(town.core, town.issue("S-2", line=second)) == (LINE_EXHAUSTED, "line")
        assert await use_of(town, second) == (0, 0)
        assert await use_of(town, group) == (0, FACE_FEN)


async def test_an_issue_that_is_said_again_uses_its_line_once(tmp_path):
    """Fraud 12: an issue is submitted again."""
    async with open_town(tmp_path) as town:
        line = await grant(town, "L-1", limit_fen=10 * FACE_FEN)
        issue = town.issue("R-1", line=line)
        signed = await town.sign(town.core, issue)
        first = await town.client.submit(signed)
        assert await use_of(town, line) == (FACE_FEN, 0)
        again = await town.client.submit(signed)
        assert (again.is_duplicate, again.index) == (True, first.index)
        assert await town.refusal(town.core, issue) == (PACKAGE_EXISTS, "number")
        await town.say(town.supplier, town.accept(issue))
        await town.client.submit(signed)
        assert await town.refusal(town.core, issue) == (PACKAGE_EXISTS, "number")
        assert await use_of(town, line) == (0, FACE_FEN)
        assert await town.owed_by(town.core) == FACE_FEN


async def test_an_issue_under_somebody_elses_line_or_with_a_forged_one_is_refused(tmp_path):
    async with open_town(tmp_path) as town:
        others = pb.GrantLine(
            number="L-9", holder=town.thief.id, purpose=pb.ISSUING, limit_fen=FACE_FEN, last_on=DUE_DAY
        )
        await town.say(town.bank, others)
        stolen = town.issue("R-2", line=f"{town.bank.id}.L-9")
        assert await town.refusal(town.core, stolen) == (LINE_NOT_OPEN, "line")

        # Nor does it help to sign for the one and submit for the other.
        line = await grant(town, "L-1")
        true = await town.sign(town.core, town.issue("R-3", line=line))
        forged = true.replace(b".L-1", b".L-9")
        assert forged != true
        assert await town.refusal_of(forged) == (BAD_SIGNATURE, "signatures")
        assert await use_of(town, line) == (0, 0)


async def test_a_voucher_does_not_pass_without_a_trade(tmp_path):
    """Fraud 21: a voucher is passed on for cash."""
    async with open_town(tmp_path) as town:
        first, second = await town.live("T-1"), await town.live("T-2")
        bare = town.transfer(first, town.thief)
        bare.trade_commitment = b""
        basket = pb.TransferBasket(
            items=[pb.BasketItem(voucher=ref, amount_fen=FACE_FEN) for ref in (first, second)],
            receiver=town.thief.id,
            answer_by_ms=town.now_ms + DAY_MS,
        )
        for attempt in (bare, basket, conditional(town, first, b"")):
            assert await town.refusal(town.supplier, attempt) == (COMMITMENT_INVALID, "trade_commitment")

        # In a basket nobody picks what suits him.
        basket.trade_commitment = commit("order, invoice and delivery")
        await town.say(town.supplier, basket)
        alone = pb.AcceptTransfer(voucher=first)
        assert await town.refusal(town.thief, alone) == (NO_REQUEST_PENDING, "voucher")
        third = await town.live("T-3")
        other = pb.AcceptBasket(vouchers=[first, second, third])
        assert await town.refusal(town.thief, other) == (NO_REQUEST_PENDING, "vouchers")
        assert (await town.voucher(first)).state.holder == town.supplier.id
        await town.say(town.supplier, pb.WithdrawBasket(vouchers=[first, second]))
        await town.say(town.supplier, basket)
        await town.say(town.thief, pb.AcceptBasket(vouchers=[first, second]))
        assert (await town.voucher(second)).state.holder == town.thief.id


async def test_under_witness_the_voucher_passes_to_the_seller_alone_and_for_the_trade_alone(tmp_path):
    """Fraud 21: a broker puts itself between buyer and seller."""
    async with open_town(tmp_path) as town:
        ref, trade = await town.live("W-1"), commit("order 7 and its delivery")
        await town.say(town.supplier, conditional(town, ref, trade))
        # While it waits it serves nothing else, and a broker between the two gets nothing.
        assert await town.refusal(town.supplier, town.transfer(ref, town.thief)) == (VOUCHER_LOCKED, "voucher")
        confirmation = pb.ConfirmTrade(voucher=ref, trade_commitment=trade)
        assert await town.refusal(town.thief, confirmation) == (NOT_A_PARTY, "")
        another = pb.ConfirmTrade(voucher=ref, trade_commitment=commit("order 8"))
        assert await town.refusal(town.second_supplier, another) == (TERMS_DIFFER, "trade_commitment")

        await town.say(town.second_supplier, confirmation)
        assert (await town.voucher(ref)).state.holder == town.supplier.id
        assert await town.refusal(town.second_supplier, town.transfer(ref, town.thief)) == (NOT_THE_HOLDER, "")
        await town.say(town.supplier, confirmation)
        assert (await town.voucher(ref)).state.holder == town.second_supplier.id


async def test_a_trade_that_only_one_side_confirms_leaves_the_voucher_where_it_was(tmp_path):
    async with open_town(tmp_path) as town:
        ref, trade = await town.live("W-2"), commit("order 9")
        await town.say(town.supplier, conditional(town, ref, trade))
        confirmation = pb.ConfirmTrade(voucher=ref, trade_commitment=trade)
        await town.say(town.second_supplier, confirmation)
        await town.wait_until(town.now_ms + DAY_MS)
        assert await town.refusal(town.supplier, confirmation) == (NO_REQUEST_PENDING, "voucher")
        state = (await town.voucher(ref)).state
        assert (state.holder, state.circulation) == (town.supplier.id, pb.CIRCULATING)


async def test_a_basket_is_answered_as_a_whole_or_returns_as_a_whole(tmp_path):
    async with open_town(tmp_path) as town:
        refs = [await town.live(f"B-{number}") for number in (1, 2, 3)]
        basket = pb.TransferBasket(
            items=[pb.BasketItem(voucher=ref, amount_fen=FACE_FEN) for ref in refs],
            receiver=town.second_supplier.id,
            trade_commitment=commit("one large delivery"),
            answer_by_ms=town.now_ms + DAY_MS,
        )
        await town.say(town.supplier, basket)
        for part in (refs[:2], refs[1:], [refs[0], refs[2]]):
            attempt = pb.AcceptBasket(vouchers=part)
            assert await town.refusal(town.second_supplier, attempt) == (BASKET_DIFFERS, "vouchers")
        await town.wait_until(town.now_ms + DAY_MS)
        late = pb.AcceptBasket(vouchers=refs)
        assert await town.refusal(town.second_supplier, late) == (NO_REQUEST_PENDING, "vouchers")
        for ref in refs:
            state = (await town.voucher(ref)).state
            assert (state.holder, state.circulation) == (town.supplier.id, pb.CIRCULATING)
