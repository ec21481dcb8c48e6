package davtest

import (
	"slices"
	"strings"
)

// groupNames are what Cyrus calls by other names in 3.0.
var groupNames = map[string]string{"KIND": "X-ADDRESSBOOKSERVER-KIND", "MEMBER": "X-ADDRESSBOOKSERVER-MEMBER"}

// cyrusCard gives a card in a version as Cyrus 3.6 does, measured: inline data of one that is stored as 3.0 becomes a data: URI; of one
// that is stored as 4.0 it is cut at the first semicolon.
func cyrusCard(body []byte, version string) []byte {
	stored := inspect(body).version
	if stored == version || stored != "3.0" && stored != "4.0" {
		return body
	}
	return lines(func(list []string) []string {
		for i, l := range list {
			list[i] = cyrusLine(readLine(l), l, version)
		}
		return list
	})(body)
}

func cyrusLine(p line, l, version string) string {
	head := l[:strings.IndexAny(l+":", ":;")]
	group := head[:strings.LastIndexByte(head, '.')+1]
	write := func(name, params, value string) string {
		if params != "" {
			params = ";" + params
		}
		return group + name + params + ":" + value
	}
	for newer, older := range groupNames {
		switch {
		case version == "3.0" && p.name == newer:
			return write(strings.ToLower(older), p.params, p.value)
		case version == "4.0" && p.name == older:
			return write(newer, p.params, p.value)
		}
	}
	switch {
	case p.name == "VERSION":
		return "VERSION:" + version
	case !slices.Contains([]string{"PHOTO", "LOGO", "SOUND", "KEY"}, p.name):
		return l
	case version == "3.0":
		value, _, _ := strings.Cut(p.value, ";")
		return write(p.name, p.params, value)
	case strings.EqualFold(p.param("VALUE"), "uri"):
		return l
	}
	var kept []string
	media, encoding := "", ","
	for _, one := range strings.Split(p.params, ";") {
		name, value, _ := strings.Cut(one, "=")
		switch strings.ToUpper(name) {
		case "ENCODING":
			encoding = ";base64,"
		case "TYPE":
			media = map[string]string{"PHOTO": "image/", "LOGO": "image/", "SOUND": "audio/"}[p.name] + strings.ToLower(value)
		default:
			kept = append(kept, one)
		}
	}
	return write(p.name, strings.Join(kept, ";"), "data:"+media+encoding+p.value)
}
