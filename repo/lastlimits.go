package repo

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What collections were seen to take is remembered for those who ask no server, so that status says of an edit that it stays here and not
// that it will be sent (P83, P84). It is kept with what may be lost.

func (r *Repo) loadLimits(name string) map[string]Limits {
	found := map[string]Limits{}
	r.cached("limits-"+name, 4, func(f []string) {
		l := Limits{ReadOnly: f[1] != ""}
		if f[2] != "" {
			l.Components = strings.Split(f[2], ",")
		}
		if n, err := strconv.ParseInt(f[3], 10, 64); err == nil {
			l.MaxSize = n
		}
		found[f[0]] = l
	})
	return found
}

// saveLimits remembers the limits of the collections that were asked for.
func (r *Repo) saveLimits(s *RemoteReport) error {
	if s.limits == nil {
		return nil
	}
	all := r.loadLimits(s.Name)
	maps.Copy(all, s.limits)
	var b bytes.Buffer
	for _, coll := range slices.Sorted(maps.Keys(all)) {
		l := all[coll]
		if l.text() == "" {
			continue
		}
		readOnly, size := "", ""
		if l.ReadOnly {
			readOnly = "read-only"
		}
		if l.MaxSize > 0 {
			size = strconv.FormatInt(l.MaxSize, 10)
		}
		writeRecord(&b, coll, readOnly, strings.Join(l.Components, ","), size)
	}
	return r.cache("limits-"+s.Name, b.Bytes())
}
