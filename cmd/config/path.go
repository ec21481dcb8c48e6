package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// baseDir is a directory of the XDG specification: the variable where it holds an absolute path, else below the home directory.
func baseDir(env func(string) string, variable, below string) (string, error) {
	if dir := env(variable); filepath.IsAbs(dir) {
		return filepath.Clean(dir), nil
	}
	home := env("HOME")
	if !filepath.IsAbs(home) {
		return "", fmt.Errorf("$HOME is not set, and $%s neither", variable)
	}
	return filepath.Join(home, below), nil
}

// path makes a path of the file absolute: ~/ and variables are replaced, and what is still relative begins beside the file.
func (r *reader) path(s string) (path, what string) {
	s, what = expand(s, r.env)
	if what != "" {
		return "", what
	}
	if !filepath.IsAbs(s) {
		s = filepath.Join(r.dir, s)
	}
	return filepath.Clean(s), ""
}

// expand replaces a leading ~/ and each $NAME and ${NAME}. What a variable holds is not looked at again.
func expand(s string, env func(string) string) (expanded, what string) {
	if s == "" || strings.ContainsRune(s, 0) {
		return "", "expected a path"
	}
	if s[0] == '~' {
		if len(s) > 1 && s[1] != '/' {
			return "", "only ~/ is understood, not the home of another user"
		}
		home := env("HOME")
		if home == "" {
			return "", "$HOME is not set"
		}
		rest, what := replaceVariables(s[1:], env)
		return strings.TrimSuffix(home, "/") + rest, what
	}
	return replaceVariables(s, env)
}

// replaceVariables replaces $NAME and ${NAME}. A dollar sign before anything else stays.
func replaceVariables(s string, env func(string) string) (replaced, what string) {
	var b strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, "$")
		b.WriteString(before)
		if !found {
			break
		}
		name, rest := "", after
		if strings.HasPrefix(after, "{") {
			inner, end, closed := strings.Cut(after[1:], "}")
			if !closed || !isVariable(inner) {
				return "", "expected the name of a variable and } after ${"
			}
			name, rest = inner, end
		} else {
			n := 0
			for n < len(after) && isVariable(after[:n+1]) {
				n++
			}
			name, rest = after[:n], after[n:]
		}
		if name == "" {
			b.WriteByte('$')
		} else if value := env(name); value != "" {
			b.WriteString(value)
		} else {
			return "", fmt.Sprintf("$%s is not set", name)
		}
		s = rest
	}
	return b.String(), ""
}

// isVariable tells whether name can be that of a variable.
func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// real follows the symlinks of as much of an absolute path as exists, so that two spellings of one place compare equal.
func real(path string) string {
	for rest := ""; ; {
		if found, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(found, rest)
		}
		parent, base := filepath.Split(path)
		parent = filepath.Clean(parent)
		if parent == path {
			return filepath.Join(path, rest)
		}
		path, rest = parent, filepath.Join(base, rest)
	}
}

// within tells whether path is dir or lies in it, both as they are after symlinks.
func within(path, dir string) bool {
	path, dir = real(path), real(dir)
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+"/")
}

// othersRead tells whether others than the owner may read a file; false if there is none.
func othersRead(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o044 != 0
}
