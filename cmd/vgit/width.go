package main

import (
	"strings"

	"github.com/rivo/uniseg"

	"vgit/repo"
)

// columns is how many columns of a terminal a text takes.
func columns(text string) int { return uniseg.StringWidth(text) }

// padded fills a text up to some columns.
func padded(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-columns(text)))
}

// folded makes a text harmless and breaks it into lines of so many columns at most, between words where it can.
func folded(text string, n int) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, foldedLine(strings.TrimRight(line, "\r "), n)...)
	}
	return lines
}

// maxPiece is how many bytes of one line are looked at together, so that nothing of them is cut by the sanitiser.
const maxPiece = 190

func foldedLine(line string, n int) (lines []string) {
	now, width := "", 0
	flush := func() {
		lines = append(lines, repo.Plain(strings.TrimRight(now, " ")))
		now, width = "", 0
	}
	for word := range strings.SplitAfterSeq(line, " ") {
		if w := columns(strings.TrimRight(word, " ")); width+w > n && now != "" || len(now)+len(word) > maxPiece && now != "" {
			flush()
		}
		for columns(word) > n || len(word) > maxPiece { // a word that is longer than a line
			head := cutColumns(word, n)
			now, word = head, word[len(head):]
			flush()
		}
		if now != "" || lines == nil || strings.TrimSpace(word) != "" {
			now, width = now+word, width+columns(word)
		}
	}
	if now != "" || lines == nil {
		flush()
	}
	return lines
}

// cutColumns is the beginning of a text that takes so many columns at most, and is not longer than a piece; at least one cluster.
func cutColumns(text string, n int) string {
	state, rest, end, width := -1, text, 0, 0
	for rest != "" {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if end > 0 && (width+w > n || end+len(cluster) > maxPiece) {
			break
		}
		end, width = end+len(cluster), width+w
	}
	return text[:min(end, len(text))]
}
