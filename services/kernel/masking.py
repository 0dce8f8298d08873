"""Personal data as screens show it: enough to recognise one's own, too little to use."""


def mask_name(name: str) -> str:
    """`张三丰` becomes `**丰`; a Latin name keeps its first letter: `J***`."""
    if not name:
        return ""
    if name[0].isascii():
        return name[0] + "***"
    return "*" * (len(name) - 1) + name[-1] if len(name) > 1 else "*"


def mask_phone(phone: str) -> str:
    """`13812345678` becomes `138****5678`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****" + phone[-2:]  # noqa: PLR2004 - digits of a mobile number


def mask_id_number(number: str) -> str:
    """Keep the first and the last characters: one and two, or four and two of a resident ID."""
    head = 4 if len(number) == 18 else 1  # noqa: PLR2004 - GB 11643 length
    return number[:head] + "*" * max(len(number) - head - 2, 3) + number[-2:]


def mask_email(address: str) -> str:
    """`zhang.san@example.cn` becomes `z***@example.cn`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain}"
