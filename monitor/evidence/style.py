"""What every page has: its looks and its standing texts."""

CSS = """
body{font:15px/1.6 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',
'WenQuanYi Zen Hei',sans-serif;color:#222;max-width:980px;margin:24px auto;padding:0 16px}
h1{font-size:24px;border-bottom:2px solid #1f5a96;padding-bottom:6px}
h2{font-size:18px;margin:28px 0 8px;border-left:4px solid #1f5a96;padding-left:8px}
p.lead{font-size:17px}
p.warning{background:#fff4e0;border:1px solid #e0a030;padding:6px 10px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f5f9}
table.pairs th{width:11em;white-space:nowrap}
figure{margin:8px 0}
figure svg,figure img{max-width:100%;height:auto}
figcaption{font-size:13px;color:#444;overflow-wrap:anywhere}
code,pre{font-family:Consolas,'DejaVu Sans Mono',monospace;font-size:13px}
code{overflow-wrap:anywhere}
pre{background:#f6f6f6;border:1px solid #ddd;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{h2{break-after:avoid}tr,figure{break-inside:avoid}}
"""

PASSWORDS = (
    "原始报文按接收时的字节原样保存，未作任何改动。HJ 212 报文中含有数采仪的访问密码（PW=…），"
    "作为证据不得删改，转交本证据包时请注意保密。"
)

CODE_NOTE = {
    True: "行为发生日为 {day}，《生态环境法典》（2026 年 8 月 15 日起施行）已经施行。",
    False: (
        "行为发生日为 {day}，早于《生态环境法典》施行日（2026 年 8 月 15 日），"
        "适用行为发生时的法律；法典对该行为处理较轻的，适用法典（法典第一千零五十七条）。"
    ),
}
"""By whether the Code was in force on the day of the act."""

HOW = """<p>核验只需要证据包文件本身，不需要联网，也不需要访问出具单位的系统：</p>
<pre>offsite-monitor evidence verify 证据包.zip</pre>
<p>任何一个字节被改动、增加、删除或者调换次序，核验都会指出。也可以用 <code>sha256sum</code>
逐个文件对照 manifest.json 手工核验。</p>
<p>核验会列出链值。本页之前全部文件的链值应为：</p>
<pre>{chain}</pre>
<p>最终链值（head）在此值之后再接上本页，因此不能印在本页上，记于 manifest.json。导出时，head 已写入
出具单位的审计链（操作 <code>evidence.export</code>，对象 <code>alert/{alert}</code>）；
将两处 head 对照，即可发现事后整体重做的证据包。manifest.json 的 anchor 是导出前审计链的最后一条，
证明本包不早于该条记录。</p>
"""
