package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// answerWord is one answer that may be given at a prompt, by its first letters and by other words too.
type answerWord struct{ word, also, what string }

// askWord asks until there is an answer that makes sense; any other shows what may be answered. The end of the input is "quit".
func (s *session) askWord(ctx context.Context, lead string, known []answerWord, offered []string) (string, error) {
	return s.askWordOr(ctx, lead, known, offered, "")
}

// askWordOr is askWord, where an empty line is the answer otherwise.
func (s *session) askWordOr(ctx context.Context, lead string, known []answerWord, offered []string, otherwise string) (string, error) {
	prompt := lead + wordPrompt(offered)
	if otherwise != "" {
		prompt = strings.TrimSuffix(prompt, "? ") + " (" + otherwise + ")? "
	}
	for {
		line, err := s.Ask(ctx, prompt, false)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			fmt.Fprintln(s.Stderr)
			return "quit", nil
		}
		if otherwise != "" && strings.TrimSpace(line) == "" {
			return otherwise, nil
		}
		if word := wordAnswer(line, known, offered); word != "" {
			return word, nil
		}
		width := 8
		for _, word := range offered {
			width = max(width, len(word)+2)
		}
		for _, w := range known {
			if slices.Contains(offered, w.word) {
				fmt.Fprintf(s.Stderr, "    %-*s%s\n", width, w.word, w.what)
			}
		}
	}
}

// wordPrompt is "[h]ere, [t]here or [q]uit? ".
func wordPrompt(offered []string) string {
	text := ""
	for i, word := range offered {
		switch {
		case i == len(offered)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += "[" + word[:1] + "]" + word[1:]
	}
	return text + "? "
}

// wordAnswer understands a line; "" is one that makes no sense.
func wordAnswer(line string, known []answerWord, offered []string) string {
	line = strings.ToLower(strings.TrimSpace(line))
	if line == "" {
		return ""
	}
	for _, w := range known {
		for _, name := range append([]string{w.word}, strings.Fields(w.also)...) {
			if strings.HasPrefix(name, line) && slices.Contains(offered, w.word) {
				return w.word
			}
		}
	}
	return ""
}
