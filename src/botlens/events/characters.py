"""Characters that say nothing of what a question asks, by Unicode.

They stand here as lists, and do not come from the Unicode tables of the Python that runs: the same events
must have the same numbers under each version of it.
"""


def _of(ranges: str) -> str:
    """The characters of `0021 003A-003B`."""
    found: list[str] = []
    for each in ranges.split():
        first, _, last = each.partition("-")
        found += map(chr, range(int(first, 16), int(last or first, 16) + 1))
    return "".join(found)


_FORMAT = """
00AD 0600-0605 061C 06DD 070F 0890-0891 08E2 180E 200B-200F 202A-202E 2060-2064 2066-206F FEFF FFF9-FFFB
110BD 110CD 13430-1343F 1BCA0-1BCA3 1D173-1D17A E0001 E0020-E007F
"""
FORMAT = _of(_FORMAT)
"""The format characters (general category Cf): zero-width ones, direction marks, the soft hyphen, tags."""

_SENTENCE_MARKS = """
0021 002C 002E 003A-003B 003F 00B7 055C-055E 0589 05C3 060C 061B 061D-061F 06D4 0700-070A 070C
07F8-07F9 0830-083E 085E 0964-0965 0E5A-0E5B 0F08 0F0D-0F12 104A-104B 1361-1368 166E 16EB-16ED
1735-1736 17D4-17D6 17DA 1802-1805 1808-1809 1944-1945 1AA8-1AAB 1B4E-1B4F 1B5A-1B5B 1B5D-1B5F
1B7D-1B7F 1C3B-1C3F 1C7E-1C7F 203D 2E2E 2E3C 2E41 2E4C 2E4E-2E4F 2E53-2E54 3001-3002 A4FE-A4FF
A60D-A60F A6F3-A6F7 A876-A877 A8CE-A8CF A92F A9C7-A9C9 AA5D-AA5F AADF AAF0-AAF1 ABEB 1039F
103D0 10857 1091F 10A56-10A57 10AF0-10AF5 10B3A-10B3F 10B99-10B9C 10F55-10F59 10F86-10F89
11047-1104D 110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF 11238-1123C 112A9 113D4-113D5
1144B-1144D 1145A-1145B 115C2-115C5 115C9-115D7 11641-11642 1173C-1173E 11944 11946 11A42-11A43
11A9B-11A9C 11AA1-11AA2 11C41-11C43 11C71 11EF7-11EF8 11F43-11F44 12470-12474 16A6E-16A6F 16AF5
16B37-16B39 16B44 16D6E-16D6F 16E97-16E98 1BC9F 1DA87-1DA8A
"""
SENTENCE_MARKS = _of(_SENTENCE_MARKS)
"""What ends a sentence or a part of one in any script (the properties Terminal_Punctuation and
Sentence_Terminal, as they are after NFKC, and the Armenian marks of tone)."""
