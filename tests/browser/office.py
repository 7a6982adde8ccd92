"""What office programs put on the clipboard: HTML as Word, LibreOffice, Google Docs and a spreadsheet write it."""

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--
p.MsoNormal {margin:0} --></style></head>
<body lang=EN-US><!--StartFragment-->
<h1>Plan<o:p></o:p></h1>
<p class=MsoNormal>Some <b>bold</b>, <i>slanted</i> and <a
href="https://a.example/?a=1&amp;b=2">a link</a>; x &lt; y<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;
</span></span></span><![endif]>First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>o<span>&nbsp; </span></span><![endif]>Inner<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>Second<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span
style='mso-list:Ignore'>3.<span>&nbsp; </span></span><![endif]>Third<o:p></o:p></p>
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal><b>Name</b></p></td><td><p>Sum</p></td></tr>
<tr><td><p class=MsoNormal>a|b</p></td><td><p>one</p><p>two</p></td></tr></table>
<p class=MsoNormal><img width=10 src="file:///C:/msohtmlclip1/01/clip_image001.png"></p>
<!--EndFragment--></body></html>"""
WORD_MARKDOWN = """# Plan

Some **bold**, *slanted* and [a link](https://a.example/?a=1&b=2); x \\< y

- First
  - Inner
- Second

3. Third

| **Name** | Sum |
| --- | --- |
| a\\|b | one<br>two |"""

LIBREOFFICE = """<!DOCTYPE html><html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"/>
<title></title><style type="text/css">p { line-height: 115% }</style></head><body lang="en-US" dir="ltr">
<h2 class="western">A heading</h2><p style="line-height: 100%; margin-bottom: 0in">Text with <b>bold</b> and
<font color="#000080"><u><a href="https://b.example/">a link</a></u></font>.</p>
<ul><li><p style="margin-bottom: 0in">one</p></li><li><p style="margin-bottom: 0in"><strike>two</strike></p></li></ul>
<p><br/></p></body></html>"""
LIBREOFFICE_MARKDOWN = """## A heading

Text with **bold** and [a link](https://b.example/).

- one
- ~~two~~"""

GOOGLE = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h1 dir="ltr"
style="line-height:1.38;"><span style="font-size:20pt;font-weight:400;white-space:pre-wrap;">Minutes</span></h1>
<p dir="ltr"><span style="font-weight:400;">All </span><span style="font-weight:700;">bo</span><span
style="font-weight:700;">ld</span><span style="font-weight:400;font-style:italic;"> slanted</span><span> 2</span><span
style="font-size:0.6em;vertical-align:super;">nd</span></p>
<ol><li dir="ltr" style="list-style-type:decimal;"><p dir="ltr" role="presentation"><span>one</span></p></li>
<ul><li dir="ltr"><p dir="ltr" role="presentation"><span>inner</span></p></li></ul>
<li dir="ltr"><p dir="ltr"><a href="https://c.example/" style="text-decoration:none;"><span
style="color:#1155cc;text-decoration:underline;">two</span></a></p></li></ol>
<div dir="ltr"><table><colgroup><col width="3"/></colgroup><tbody><tr><td><p dir="ltr"><span>k</span></p></td><td><p
dir="ltr"><span>v</span></p></td></tr></tbody></table></div></b><br class="Apple-interchange-newline">"""
GOOGLE_MARKDOWN = """# Minutes

All **bold** *slanted* 2<sup>nd</sup>

1. one
   - inner
2. [two](https://c.example/)

| k | v |
| --- | --- |"""

SHEET = """<html><body><table><col width=64><tr height=20><td>Name</td><td>Sum</td></tr>
<tr><td>pens</td><td align=right>3</td></tr></table></body></html>"""
SHEET_MARKDOWN = """| Name | Sum |
| --- | --- |
| pens | 3 |"""

# What is only text stays what it is: Markdown from an editor of code, and words without any formatting.
CODE = """<meta charset='utf-8'><div style="color: #ccc;font-family: monospace;white-space: pre;"><div><span
style="font-weight: bold;">## Heading</span></div><div>- *one*</div></div>"""
CODE_TEXT = "## Heading\n- *one*"
WORDS = "<p style='color:red'>a_b *c*</p>"
WORDS_TEXT = "a_b *c*"
