"""Who takes part. Every name, number and person is invented; every name says so: （虚构）, fictitious.

- The sample's customers, in the order of their ids, become core enterprises: ten creatures of the old tales × ten
  trades, then a running number. A file of few customers is filled up with guests, whom the scenes need. The one seller
  becomes the supplier; tiers two and three are invented with it.
- A USCC is 91 (enterprise) + 999999 (a region that does not exist) + nine digits + its check character.
- Core enterprises, banks, the court, the service operators and the registrar sign with two persons, maker and checker;
  a small enterprise with one.
- Keys are random and live as long as the run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hefu.v1 import identity_pb2 as pb
from nodes.genesis_file import Founder, build_policy, make_uscc
from nodes.keys import Key, make_key

CREATURES = (
    ("白泽", "Baize"), ("青鸾", "Qingluan"), ("毕方", "Bifang"), ("玄龟", "Xuangui"), ("獬豸", "Xiezhi"),
    ("夔牛", "Kuiniu"), ("当康", "Dangkang"), ("鹿蜀", "Lushu"), ("文鳐", "Wenyao"), ("狰", "Zheng"),
)  # fmt: skip
TRADES = (
    ("重工", "Heavy Industry"), ("风电", "Wind Power"), ("电缆", "Cable"), ("船舶", "Shipbuilding"),
    ("轴承", "Bearings"), ("钢构", "Steelworks"), ("仪表", "Instruments"), ("造纸", "Paper"),
    ("化纤", "Fibres"), ("食品", "Foods"),
)  # fmt: skip
TIER_TWO = (
    ("桃夭五金", "Taoyao Hardware"), ("采薇注塑", "Caiwei Moulding"), ("蒹葭包装", "Jianjia Packaging"),
    ("木瓜物流", "Mugua Logistics"), ("鹿鸣模具", "Luming Tooling"), ("关雎电子", "Guanju Electronics"),
)  # fmt: skip
TIER_THREE = (
    ("葛覃线材", "Getan Wire"), ("芣苢纸箱", "Fuyi Cartons"), ("汉广运输", "Hanguang Haulage"),
    ("樛木塑料", "Jiumu Plastics"), ("螽斯螺丝", "Zhongsi Screws"), ("甘棠油漆", "Gantang Paints"),
    ("北门热处理", "Beimen Heat Treatment"), ("伐檀木托", "Fatan Pallets"),
)  # fmt: skip
BANKS = (("不周山", "Buzhou Bank"), ("蓬莱岛", "Penglai Bank"), ("方丈洲", "Fangzhang Bank"))
LEAST_ENTERPRISES = 6
OPERATORS = (("河图", "Hetu Services"), ("洛书", "Luoshu Services"))


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation with the seeds of its keys: maker and checker, or one person's."""

    id: str
    chinese: str
    english: str
    roles: tuple[pb.Role, ...]
    keys: tuple[Key, ...]

    @property
    def seeds(self) -> tuple[bytes, ...]:
        """The keys that its policy needs: the first two of an organisation of two persons, else the first."""
        persons = dict.fromkeys(key.person for key in self.keys)
        return tuple(key.seed for key in self.keys[: len(persons)])

    @property
    def founder(self) -> Founder:
        """As genesis and the registrar admit it."""
        return Founder(self.id, self.chinese, self.roles, self.keys, build_policy(len(self.seeds)))


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and who stands for which customer of the sample."""

    registrar: Member
    auditor: Member
    court: Member
    operators: tuple[Member, ...]
    clearing_bank: Member
    banks: tuple[Member, ...]
    supplier: Member
    tier_two: tuple[Member, ...]
    tier_three: tuple[Member, ...]
    enterprises: dict[str, Member]
    by_id: dict[str, Member] = field(default_factory=dict)

    @property
    def founders(self) -> tuple[Member, ...]:
        """Those who begin the network together."""
        return (self.registrar, self.auditor, self.court, *self.operators, self.clearing_bank, *self.banks)

    @property
    def joiners(self) -> tuple[Member, ...]:
        """Those whom the registrar admits afterwards."""
        return (self.supplier, *self.tier_two, *self.tier_three, *self.enterprises.values())


def build_cast(customers: Iterable[str]) -> Cast:
    """Everybody for a sample with these customers."""
    names = sorted(set(customers))
    guests = [f"guest {place}" for place in range(len(names), LEAST_ENTERPRISES)]
    tier_two = [_small(301 + place, f"{c}（虚构）有限公司", e) for place, (c, e) in enumerate(TIER_TWO)]
    tier_three = [_small(401 + place, f"{c}（虚构）有限公司", e) for place, (c, e) in enumerate(TIER_THREE)]
    banks = [_pair(11 + place, f"{c}（虚构）银行", e, (pb.BANK,)) for place, (c, e) in enumerate(BANKS)]
    operators = [
        _pair(4 + place, f"{c}（虚构）供应链信息服务有限公司", e, (pb.SERVICE_OPERATOR,))
        for place, (c, e) in enumerate(OPERATORS)
    ]
    cast = Cast(
        registrar=_pair(1, "合符演示网（虚构）登记处", "Registrar", (pb.REGISTRAR,)),
        auditor=_pair(2, "河伯（虚构）会计师事务所", "Hebo Auditors", (pb.AUDITOR,)),
        court=_pair(3, "皋陶（虚构）人民法院", "Gaoyao Court", (pb.COURT,)),
        operators=tuple(operators),
        clearing_bank=_pair(10, "瀛洲（虚构）清算银行", "Yingzhou Clearing", (pb.CLEARING_BANK,)),
        banks=tuple(banks),
        supplier=_small(201, "精卫（虚构）零部件有限公司", "Jingwei Components"),
        tier_two=tuple(tier_two),
        tier_three=tuple(tier_three),
        enterprises={name: _enterprise(place) for place, name in enumerate([*names, *guests])},
    )
    cast.by_id.update({member.id: member for member in (*cast.founders, *cast.joiners)})
    return cast


def _enterprise(place: int) -> Member:
    """A core enterprise; its maker holds a second key, in the role of checker, which no pair of signatures can use."""
    creature, trade = CREATURES[place % 10], TRADES[place // 10 % 10]
    again = f"{place // 100 + 1}" if place >= 100 else ""
    chinese, english = f"{creature[0]}{again}（虚构）{trade[0]}集团", f"{creature[1]}{again} {trade[1]}"
    organisation = make_uscc(1001 + place)
    keys = _make_pair(organisation)
    second = make_key(organisation, "maker", [pb.CHECKER], keys[0].person_salt)
    return Member(organisation, chinese, english, (pb.CORE_ENTERPRISE,), (*keys, second))


def _pair(number: int, chinese: str, english: str, roles: tuple[pb.Role, ...]) -> Member:
    organisation = make_uscc(number)
    return Member(organisation, chinese, english, roles, _make_pair(organisation))


def _small(number: int, chinese: str, english: str) -> Member:
    organisation = make_uscc(number)
    return Member(organisation, chinese, english, (pb.SUPPLIER,), (make_key(organisation, "owner", [pb.OWNER]),))


def _make_pair(organisation: str) -> tuple[Key, Key]:
    return make_key(organisation, "maker", [pb.MAKER]), make_key(organisation, "checker", [pb.CHECKER])
