package merge

import (
	"slices"
	"strings"

	"vgit/repo/item"
)

// enumerated are the parameters whose values are compared without regard to case.
var enumerated = map[string]bool{
	"PARTSTAT": true, "ROLE": true, "CUTYPE": true, "VALUE": true, "RELTYPE": true, "FBTYPE": true, "ENCODING": true,
	"RELATED": true, "CHARSET": true, "RANGE": true, "TYPE": true,
}

// unsetParams are the values that mean the same as no parameter.
var unsetParams = map[string]string{
	"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE", "RELTYPE": "PARENT",
	"ENCODING": "8BIT", "FBTYPE": "BUSY", "CHARSET": "UTF-8",
}

// manyParams is how many parameters of one line are read one by one. No honest line has so many; beyond, they are one field.
const manyParams = 256

// addParams adds the parameters of a line as fields of an entry, each name behind prefix. Those in skip are left out: their
// meaning is somewhere else.
func addParams(e *entry, params []item.Param, prefix string, skip ...string) {
	if len(params) > manyParams {
		all := make([]string, 0, len(params))
		for _, p := range params {
			all = append(all, p.Name+"="+canonParam(p.Name, p.Values))
		}
		e.set(same(prefix+"parameters", sortedJoin(all)))
		return
	}
	for _, p := range params {
		if slices.Contains(skip, p.Name) {
			continue
		}
		value := canonParam(p.Name, p.Values)
		if value == "" || value == unsetParams[p.Name] {
			continue
		}
		f := same(prefix+strings.ToLower(p.Name), value)
		if _, ok := bookkeeper(p.Name); ok {
			f.limit = Bookkeeping
		}
		e.set(f)
	}
}

// canonParam is the values of a parameter as a set.
func canonParam(name string, values []string) string {
	if len(values) == 1 {
		return canonParamValue(name, values[0])
	}
	list := make([]string, 0, len(values))
	for _, v := range values {
		if v = canonParamValue(name, v); v != "" {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\x1e")
}

func canonParamValue(name, v string) string {
	switch name {
	case "SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER":
		return strings.ToLower(canonURI(v))
	case "DIR", "ALTREP":
		return canonURI(v)
	case "SIZE":
		return canonNumber(v)
	}
	if enumerated[name] || strings.EqualFold(v, "TRUE") || strings.EqualFold(v, "FALSE") {
		return strings.ToUpper(strings.TrimSpace(v))
	}
	if plain(v) {
		return v
	}
	// A backslash is no escape in a parameter, so only the Unicode form is canonical.
	return strings.ReplaceAll(canonText(strings.ReplaceAll(v, `\`, `\\`)), "\r", "")
}

func param(params []item.Param, name string) string {
	for _, p := range params {
		if p.Name == name && len(p.Values) > 0 {
			return p.Values[0]
		}
	}
	return ""
}
