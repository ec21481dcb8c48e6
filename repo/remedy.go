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
	if now, err := lookup(r.g, l.Tree, path); err != nil || now.Hash.IsZero() {
		return "mend or remove it"
	}
	return "mend it, or bring back the last good one: vgit restore " + ShellWord(path)
}
