"""Recognising the page of an anti-bot system instead of the page asked for.

This module decides by status and by signatures in small bodies; it never answers a challenge.
A cookie that such a system sets on open pages too is no sign of a block.
"""

from __future__ import annotations

import re

SMALL_BODY = 8 * 1024
"""Challenges are small; a signature inside a large page is only quoted there."""

BLOCK_STATUS = {412: "ruishu", 493: "wzws", 512: "jsl", 521: "jsl"}

REFUSING = frozenset({403, 405, 468, 491})
"""Statuses whose small body may be a firewall's in plain words."""

_SIGNATURES = (
    # <script>document.cookie=...;location.href=location.pathname+location.search</script>
    ("jsl", re.compile(rb"__jsl_clearance|^\s*<script>\s*document\.cookie\s*=")),
    # <script>$_ts=window['$_ts'];...  or  <meta content="..." r='m'>
    ("ruishu", re.compile(rb"\$_ts\s*=\s*window\[|<(?:meta|script)\b[^>]{0,400}\br=['\"]m['\"]")),
    # window.onload=YunSuoAutoJump
    ("yunsuo", re.compile(rb"(?i)yunsuoautojump|security_verify_data=|yunsuo_session_verify")),
    # <a href="/wzws-waf-cgi/...">
    ("wzws", re.compile(rb"wzws-waf-cgi|" + "请开启JavaScript并刷新该页".encode())),
    # var arg1='5F8B...'; ... acw_sc__v2
    ("aliyun", re.compile(rb"acw_sc__v2|var\s+arg1\s*=\s*'")),
)
_HEADER_SIGNATURES = (("wzws", re.compile(rb"(?im)^(?:wzws-ray|x-powered-by-360wzb):")),)
_WORDS = ("安全防护", "网站防火墙", "不合法参数", "访问验证", "请完成安全验证")
_FIREWALL_WORDS = re.compile(
    b"|".join(re.escape(word.encode(codec)) for word in _WORDS for codec in ("utf-8", "gb18030"))
)


def find_block(status: int, headers: bytes, body: bytes) -> str | None:
    """Return the name of the system whose page this is, or ``None`` for an honest answer.

    ``headers`` are the header lines as bytes, ``body`` is decompressed.
    """
    if status in BLOCK_STATUS:
        return BLOCK_STATUS[status]
    for system, pattern in _HEADER_SIGNATURES:
        if (status in REFUSING or not body) and pattern.search(headers):
            return system
    if not body or len(body) >= SMALL_BODY:
        return None
    for system, pattern in _SIGNATURES:
        if pattern.search(body):
            return system
    return "waf" if status in REFUSING and _FIREWALL_WORDS.search(body) else None
