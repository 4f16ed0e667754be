#!/usr/bin/env python3
"""What can be translated: every paragraph of the lessons, and every _("…") of
the files that play them. Without arguments beyond TOP it is compared with the
catalogue data/po/ko.po; with --list the texts are printed, one a line.

  lesson_words.py TOP [--list]
"""
import ast
import glob
import re
import sys

top = sys.argv[1]


def lesson_texts(path):
    paragraph = []
    command = ""

    def flush():
        if paragraph:
            yield " ".join(paragraph)
            paragraph.clear()

    for line in open(path, encoding="utf-8").read().split("\n") + [""]:
        if line.startswith("  "):
            if command == "say":
                paragraph.append(line[2:])
            continue
        yield from flush()
        if not line or line.startswith("#"):
            continue
        command, _, rest = line.partition(" ")
        if command in ("title", "about"):
            yield rest


def c_texts(path):
    text = open(path, encoding="utf-8").read()
    for found in re.finditer(r'\b_\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', text):
        yield "".join(ast.literal_eval(s) for s in re.findall(r'"(?:[^"\\]|\\.)*"', found.group(1)))


def reasons():
    text = open(top + "/src/plan/reason.c", encoding="utf-8").read()
    table = text[text.index("reasons[] = {"):]
    table = table[:table.index("};")]
    for found in re.finditer(r'\{\s*"[^"]*",((?:\s*"[^"]*")+)\s*\}', table):
        yield "".join(re.findall(r'"([^"]*)"', found.group(1)))


def catalogue(path):
    out, key, at = {}, None, None
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.startswith("#") or not line:
            continue
        word, _, rest = line.partition(" ")
        if word in ("msgid", "msgstr"):
            at = word
            if at == "msgid":
                key = ""
            else:
                out[key] = ""
            line = rest
        value = ast.literal_eval(line)
        if at == "msgid":
            key += value
        else:
            out[key] += value
    out.pop("", None)
    return out


def main():
    wanted = []
    for path in sorted(glob.glob(top + "/data/lessons/*")):
        wanted += lesson_texts(path)
    for path in sorted(glob.glob(top + "/src/cli/le*.c")):
        wanted += c_texts(path)
    wanted += reasons()
    wanted = list(dict.fromkeys(w for w in wanted if w))
    if "--list" in sys.argv:
        for text in wanted:
            print(repr(text))
        return
    have = catalogue(top + "/data/po/ko.po")
    problems = ["not translated: " + w for w in wanted if not have.get(w)]
    problems += ["in the catalogue, and nowhere said: " + h for h in have if h not in wanted]
    for problem in problems:
        print(problem)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
