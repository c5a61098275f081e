package render

import (
	"strings"
	"unicode"
)

// textWidth estimates how wide a text is in a font of the given size.
func textWidth(s string, size float64, bold bool) float64 {
	var sum int
	for _, c := range s {
		sum += letterWidth(c)
	}
	width := float64(sum) * size / 1000
	if bold {
		width *= 1.1
	}
	return width
}

// letterWidth is the width of a letter of DejaVu Sans in thousandths of the font's size. It is among the widest of the
// fonts a reader may have, so that a text measured here fits in any of them.
func letterWidth(c rune) int {
	switch c {
	case 'i', 'j', 'l':
		return 278
	case ' ', '.', ',', ':', ';', '\'', '!', '|', 'I', 'J', '/', '\\':
		return 320
	case '(', ')', '[', ']', '{', '}', 'r', 't', 'f', '-':
		return 400
	case '"', '*', 'c', 'z', 's', 'г', 'с', '?':
		return 550
	case 'k', 'x', 'y', 'v', 'a', 'e', 'L', 'F', 'T', 'з', 'к', 'у', 'х', 'э', 'ь', 'ч', 'т', '«', '»', '°':
		return 612
	case '+', '=', '<', '>', '~', '^', '#', 'w', 'ю', 'ф', '№', '&':
		return 840
	case 'M', 'W', 'm', 'ж', 'ш', 'щ', 'Ф', 'Ы', 'М':
		return 945
	case 'Ж', 'Ш', 'Щ', 'Ю', '%', '@':
		return 1090
	}
	return widthByKind(c)
}

func widthByKind(c rune) int {
	switch {
	case unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul), c >= 0x1f000, c >= 0xff00 && c <= 0xff60:
		return 1100
	case unicode.IsUpper(c), c == 'м', c == 'ы':
		return 770
	case c < 0x250, unicode.In(c, unicode.Cyrillic, unicode.Greek):
		return 655
	}
	return 1000
}

// wrapText breaks a text into at most lines lines no wider than width; what does not fit ends in an ellipsis.
func wrapText(s string, width, size float64, bold bool, lines int) []string {
	var out []string
	rest := s
	for rest != "" && len(out) < lines {
		line, after := breakLine(rest, width, size, bold)
		if after != "" && len(out) == lines-1 {
			line = shorten(line, width, size, bold)
		}
		out = append(out, line)
		rest = after
	}
	return out
}

// breakLine takes as many words as fit; a word wider than the line is broken where it must be.
func breakLine(s string, width, size float64, bold bool) (line, rest string) {
	scale := textWidth(" ", size, bold) / float64(letterWidth(' '))
	used := 0.0
	cut, afterSpace := -1, -1 // the last place to break at, and where the next line would begin
	for i, c := range s {
		if c == ' ' {
			cut, afterSpace = i, i+1
		}
		used += float64(letterWidth(c)) * scale
		if used <= width || i == 0 {
			continue
		}
		if cut > 0 {
			return s[:cut], strings.TrimLeft(s[afterSpace:], " ")
		}
		return s[:i], s[i:]
	}
	return s, ""
}

func shorten(line string, width, size float64, bold bool) string {
	const ellipsis = "…"
	runes := []rune(line)
	for len(runes) > 0 && textWidth(string(runes)+ellipsis, size, bold) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + ellipsis
}
