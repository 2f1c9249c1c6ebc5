"""Invented names and numbers: pairs of rare syllables, codes of ranges that nobody has, each marked as a demonstration.

Unified credit codes carry the region 990000, which is not assigned; product numbers begin with 952, which GS1 keeps for
demonstrations. A pair that would come near a real organisation is passed over.
"""

from footproof.certify.codes import credit_check
from footproof.model.bilingual import Bilingual

REGION = "990000"
PREFIX = "952"
_FIRST = (
    ("岚", "Lan"), ("澈", "Che"), ("翊", "Yi"), ("沅", "Yuan"), ("霁", "Ji"), ("珩", "Heng"), ("蔚", "Wei"),
    ("屿", "Yu"), ("湉", "Tian"), ("栎", "Li"), ("筠", "Yun"), ("芃", "Peng"), ("淞", "Song"), ("绪", "Xu"),
    ("澍", "Shu"), ("磬", "Qing"), ("菡", "Han"), ("璟", "Jing"), ("旌", "Jiang"), ("棠", "Tang"),
)  # fmt: skip
_SECOND = (
    ("黎", "li"), ("陌", "mo"), ("禾", "he"), ("序", "xu"), ("泠", "ling"), ("桐", "tong"), ("岫", "xiu"),
    ("衍", "yan"), ("沚", "zhi"), ("朔", "shuo"), ("葭", "jia"), ("弦", "xian"), ("砚", "yan"), ("渡", "du"),
    ("笙", "sheng"), ("汀", "ting"), ("樾", "yue"), ("澜", "lan"), ("溯", "su"), ("珂", "ke"),
)  # fmt: skip
BLOCKED = frozenset(
    (
    "宁德", "比亚", "隆基", "宝武", "宝钢", "海尔", "美的", "格力", "联想", "华为",
    "海螺", "中材", "天合", "晶科", "晶澳", "亿纬", "国轩", "欣旺", "玲珑", "魏桥",
    "蔚来", "澜起", "岚图", "霁禾", "天岫", "沙钢", "首钢", "鞍钢", "河钢", "恒力",
    "恒逸", "圣象", "大亚", "万和", "长虹", "海信",
    )
)  # fmt: skip
"""Beginnings of names that real groups have, or come near."""


def pairs() -> tuple[Bilingual, ...]:
    """Return the pairs of syllables that may serve as names."""
    return tuple(
        Bilingual(zh[0] + then[0], zh[1] + then[1])
        for then in _SECOND
        for zh in _FIRST
        if zh[0] + then[0] not in BLOCKED and zh[1].lower() != then[1]
    )


_PAIRS = pairs()


def maker(number: int, word: Bilingual) -> Bilingual:
    """Return the name of a maker; those beyond the pairs carry a number too.

    Args:
        number: Of the maker.
        word: What makers of such products call themselves.
    """
    turn, place = divmod(number, len(_PAIRS))
    pair = _PAIRS[place]
    zh, en = (f"第{turn + 1}", f" {turn + 1}") if turn else ("", "")
    return Bilingual(f"{pair.zh}{zh}{word.zh}有限公司（示例）", f"{pair.en}{en} {word.en} Co., Ltd. (DEMO)")


def body_name(number: int) -> Bilingual:
    """Return the name of a certification body."""
    pair = _PAIRS[(number * 37 + 11) % len(_PAIRS)]
    return Bilingual(f"{pair.zh}认证中心（示例）", f"{pair.en} Certification (DEMO)")


def credit_code(number: int) -> str:
    """Return a unified social credit code of the reserved range.

    Args:
        number: Below 1,000,000.
    """
    first = f"91{REGION}DEM{number:06d}"
    return first + credit_check(first)


def product_code(number: int) -> str:
    """Return a trade item number (GTIN-14) of the range for demonstrations.

    Args:
        number: Below 1,000,000,000.
    """
    digits = f"0{PREFIX}{number:09d}"
    total = sum(int(sign) * (3 if place % 2 == 0 else 1) for place, sign in enumerate(digits))
    return f"{digits}{-total % 10}"
