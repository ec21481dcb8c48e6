package repo

import "bytes"

// What is kept with what may be lost (.git/vgit), as lines of fields: refusals, deletions, tokens that need no more doubt.

// cached calls each for the lines of such a file, n fields each. What cannot be read is passed over.
func (r *Repo) cached(file string, n int, each func(f []string)) {
	b, err := r.s.CacheRead(file)
	if err != nil {
		return
	}
	for rest := string(b); ; {
		line, tail, ok := nextLine(rest)
		if !ok {
			return
		}
		rest = tail
		if f, err := readRecord(line, n); err == nil {
			each(f)
		}
	}
}

// cache writes such a file, unless it says that already. No file is as good as an empty one.
func (r *Repo) cache(file string, b []byte) error {
	if old, err := r.s.CacheRead(file); bytes.Equal(old, b) && (err == nil || len(b) == 0) {
		return nil
	}
	return r.s.CacheWrite(file, b)
}
