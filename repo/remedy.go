package repo

import "strings"

// ShellWord writes a path or the like as one word of a command line, as it is to be typed.
func ShellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-"
	if s != "" && s[0] != '-' && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// mend says what to do with a file that is damaged or half-written.
func (r *Repo) mend(l *Local, path string) string {
	if indexEntry(l.index, path) == nil {
		return "mend or remove it"
	}
	return "mend it, or take the last good one: git -C " + ShellWord(r.o.Path) + " checkout main -- " + ShellWord(path)
}
