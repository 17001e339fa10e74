"""The labels of the national forms, row by row, as the demo prints them.

Only what the forms say: which rows, in which groups, in which order.  Which numbers stand in
them is decided by ``grids`` and ``reports.toml``.

Source: the forms of 国办发〔2014〕32号, 国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号.
"""

from __future__ import annotations

from collections.abc import Mapping

BALANCE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
APPLICANT_HEADS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
OUTCOME_HEADS = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")

# (group label, rows of the group); a group without a label is one row of its own.
RESULTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", (("granted", "（一）予以公开"),)),
    ("", (("partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),)),
    (
        "（三）不予公开",
        (
            ("denied_state_secret", "1.属于国家秘密"),
            ("denied_law_prohibited", "2.其他法律行政法规禁止公开"),
            ("denied_security_stability", "3.危及“三安全一稳定”"),
            ("denied_third_party", "4.保护第三方合法权益"),
            ("denied_internal_affairs", "5.属于三类内部事务信息"),
            ("denied_process_info", "6.属于四类过程性信息"),
            ("denied_enforcement_file", "7.属于行政执法案卷"),
            ("denied_admin_query", "8.属于行政查询事项"),
        ),
    ),
    (
        "（四）无法提供",
        (
            ("unable_not_held", "1.本机关不掌握相关政府信息"),
            ("unable_needs_creation", "2.没有现成信息需要另行制作"),
            ("unable_still_unclear", "3.补正后申请内容仍不明确"),
        ),
    ),
    (
        "（五）不予处理",
        (
            ("notproc_petition", "1.信访举报投诉类申请"),
            ("notproc_duplicate", "2.重复申请"),
            ("notproc_publication", "3.要求提供公开出版物"),
            ("notproc_excessive", "4.无正当理由大量反复申请"),
            ("notproc_confirm_reissue", "5.要求行政机关确认或重新出具已获取信息"),
        ),
    ),
)
OTHER_2019 = (("", (("other_handling", "（六）其他处理"),)),)
OTHER_2021 = (
    (
        "（六）其他处理",
        (
            (
                "other_overdue_correction",
                "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
            ),
            (
                "other_overdue_fee",
                "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
            ),
            ("other_other", "3.其他"),
        ),
    ),
)

# (field, label, unit); a field of None is a heading row without a number.
ROWS_2014: tuple[tuple[str | None, str, str], ...] = (
    (None, "一、主动公开情况", "——"),
    (
        "proactive_total",
        "（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）",
        "条",
    ),
    ("proactive_normative_docs_disclosed", "其中：主动公开规范性文件数", "条"),
    ("normative_docs_issued_total", "制发规范性文件总数", "件"),
    (None, "（二）通过不同渠道和方式公开政府信息的情况", "——"),
    ("proactive_by_gazette", "1.政府公报公开政府信息数", "条"),
    ("proactive_by_website", "2.政府网站公开政府信息数", "条"),
    ("proactive_by_weibo", "3.政务微博公开政府信息数", "条"),
    ("proactive_by_wechat", "4.政务微信公开政府信息数", "条"),
    ("proactive_by_other", "5.其他方式公开政府信息数", "条"),
    (None, "二、回应解读情况", "——"),
    (
        "response_hot_issue_total",
        "（一）回应公众关注热点或重大舆情数（不同方式回应同一热点或舆情计1次）",
        "次",
    ),
    (None, "（二）通过不同渠道和方式回应解读的情况", "——"),
    ("press_conference_total", "1.参加或举办新闻发布会总次数", "次"),
    ("press_conference_by_principal", "其中：主要负责同志参加新闻发布会次数", "次"),
    ("online_interview_total", "2.政府网站在线访谈次数", "次"),
    ("online_interview_by_principal", "其中：主要负责同志参加政府网站在线访谈次数", "次"),
    ("interpretation_articles", "3.政策解读稿件发布数", "篇"),
    ("response_via_weibo_wechat", "4.微博微信回应事件数", "次"),
    ("response_via_other", "5.其他方式回应事件数", "次"),
    (None, "三、依申请公开情况", "——"),
    ("requests_received_total", "（一）收到申请数", "件"),
    ("requests_in_person", "1.当面申请数", "件"),
    ("requests_by_fax", "2.传真申请数", "件"),
    ("requests_online", "3.网络申请数", "件"),
    ("requests_by_mail", "4.信函申请数", "件"),
    ("requests_closed_total", "（二）申请办结数", "件"),
    ("requests_closed_on_time", "1.按时办结数", "件"),
    ("requests_closed_extended", "2.延期办结数", "件"),
    ("replies_total", "（三）申请答复数", "件"),
    ("reply_already_public", "1.属于已主动公开范围数", "件"),
    ("reply_granted", "2.同意公开答复数", "件"),
    ("reply_partially_granted", "3.同意部分公开答复数", "件"),
    ("reply_refused_total", "4.不同意公开答复数", "件"),
    ("refused_state_secret", "其中：涉及国家秘密", "件"),
    ("refused_trade_secret", "涉及商业秘密", "件"),
    ("refused_personal_privacy", "涉及个人隐私", "件"),
    ("refused_security_stability", "危及国家安全、公共安全、经济安全和社会稳定", "件"),
    ("refused_not_government_info", "不是《条例》所指政府信息", "件"),
    ("refused_other_legal", "法律法规规定的其他情形", "件"),
    ("reply_not_this_agency", "5.不属于本行政机关公开数", "件"),
    ("reply_info_not_exist", "6.申请信息不存在数", "件"),
    ("reply_asked_to_amend", "7.告知作出更改补充数", "件"),
    ("reply_other_channel", "8.告知通过其他途径办理数", "件"),
    ("reconsideration_total", "四、行政复议数量", "件"),
    ("reconsideration_upheld", "（一）维持具体行政行为数", "件"),
    ("reconsideration_corrected", "（二）被依法纠错数", "件"),
    ("reconsideration_other", "（三）其他情形数", "件"),
    ("litigation_total", "五、行政诉讼数量", "件"),
    ("litigation_upheld_or_dismissed", "（一）维持具体行政行为或者驳回原告诉讼请求数", "件"),
    ("litigation_corrected", "（二）被依法纠错数", "件"),
    ("litigation_other", "（三）其他情形数", "件"),
    ("complaints_total", "六、举报投诉数量", "件"),
    ("request_fees_collected", "七、依申请公开信息收取的费用", "万元"),
    (None, "八、机构建设和保障经费情况", "——"),
    ("dedicated_offices", "（一）政府信息公开工作专门机构数", "个"),
    ("reading_points", "（二）设置政府信息公开查阅点数", "个"),
    ("staff_total", "（三）从事政府信息公开工作人员数", "人"),
    (
        "staff_full_time",
        "1.专职人员数（不包括政府公报及政府网站工作人员数）",
        "人",
    ),
    ("staff_part_time", "2.兼职人员数", "人"),
    (
        "special_funding",
        "（四）政府信息公开专项经费（不包括用于政府公报编辑管理及政府网站建设维护等方面的经费）",
        "万元",
    ),
    (None, "九、政府信息公开会议和培训情况", "——"),
    ("meetings_held", "（一）召开政府信息公开工作会议或专题会议数", "次"),
    ("trainings_held", "（二）举办各类培训班数", "次"),
    ("trainees", "（三）接受培训人员数", "人次"),
)

# A total that the data file does not print is the sum of its parts, inner totals first.
SUMS_2014: Mapping[str, tuple[str, ...]] = {
    "requests_received_total": (
        "requests_in_person",
        "requests_by_fax",
        "requests_online",
        "requests_by_mail",
    ),
    "requests_closed_total": ("requests_closed_on_time", "requests_closed_extended"),
    "reply_refused_total": (
        "refused_state_secret",
        "refused_trade_secret",
        "refused_personal_privacy",
        "refused_security_stability",
        "refused_not_government_info",
        "refused_other_legal",
    ),
    "replies_total": (
        "reply_already_public",
        "reply_granted",
        "reply_partially_granted",
        "reply_refused_total",
        "reply_not_this_agency",
        "reply_info_not_exist",
        "reply_asked_to_amend",
        "reply_other_channel",
    ),
    "reconsideration_total": (
        "reconsideration_upheld",
        "reconsideration_corrected",
        "reconsideration_other",
    ),
    "litigation_total": (
        "litigation_upheld_or_dismissed",
        "litigation_corrected",
        "litigation_other",
    ),
    "staff_total": ("staff_full_time", "staff_part_time"),
}

DocumentBlocks = tuple[tuple[str, tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]], ...]

DOCUMENTS_2021: DocumentBlocks = (
    (
        "第二十条第（一）项",
        ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        (
            (
                "规章",
                (
                    "a20_1_regulation_issued",
                    "a20_1_regulation_repealed",
                    "a20_1_regulation_in_force",
                ),
            ),
            (
                "行政规范性文件",
                ("a20_1_normative_issued", "a20_1_normative_repealed", "a20_1_normative_in_force"),
            ),
        ),
    ),
    (
        "第二十条第（五）项",
        ("信息内容", "本年处理决定数量"),
        (("行政许可", ("a20_5_licensing_decisions",)),),
    ),
    (
        "第二十条第（六）项",
        ("信息内容", "本年处理决定数量"),
        (("行政处罚", ("a20_6_penalty_decisions",)), ("行政强制", ("a20_6_coercion_decisions",))),
    ),
    (
        "第二十条第（八）项",
        ("信息内容", "本年收费金额（单位：万元）"),
        (("行政事业性收费", ("a20_8_fee_amount",)),),
    ),
)
_ITEM_HEADS = ("信息内容", "上一年项目数量", "本年增/减", "处理决定数量")
DOCUMENTS_2019: DocumentBlocks = (
    (
        "第二十条第（一）项",
        ("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"),
        (
            (
                "规章",
                (
                    "a20_1_regulation_made",
                    "a20_1_regulation_newly_disclosed",
                    "a20_1_regulation_total_disclosed",
                ),
            ),
            (
                "规范性文件",
                (
                    "a20_1_normative_made",
                    "a20_1_normative_newly_disclosed",
                    "a20_1_normative_total_disclosed",
                ),
            ),
        ),
    ),
    (
        "第二十条第（五）项",
        _ITEM_HEADS,
        (
            (
                "行政许可",
                (
                    "a20_5_licensing_items_prev_year",
                    "a20_5_licensing_items_change",
                    "a20_5_licensing_decisions",
                ),
            ),
            (
                "其他对外管理服务事项",
                (
                    "a20_5_other_service_items_prev_year",
                    "a20_5_other_service_items_change",
                    "a20_5_other_service_decisions",
                ),
            ),
        ),
    ),
    (
        "第二十条第（六）项",
        _ITEM_HEADS,
        (
            (
                "行政处罚",
                (
                    "a20_6_penalty_items_prev_year",
                    "a20_6_penalty_items_change",
                    "a20_6_penalty_decisions",
                ),
            ),
            (
                "行政强制",
                (
                    "a20_6_coercion_items_prev_year",
                    "a20_6_coercion_items_change",
                    "a20_6_coercion_decisions",
                ),
            ),
        ),
    ),
    (
        "第二十条第（八）项",
        ("信息内容", "上一年项目数量", "本年增/减"),
        (("行政事业性收费", ("a20_8_fee_items_prev_year", "a20_8_fee_items_change")),),
    ),
    (
        "第二十条第（九）项",
        ("信息内容", "采购项目数量", "采购总金额"),
        (("政府集中采购", ("a20_9_procurement_items", "a20_9_procurement_amount")),),
    ),
)
