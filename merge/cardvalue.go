package merge

import (
	"slices"
	"strconv"
	"strings"

	"vgit/repo/item"
)

// value sets key and value of an entry; an entry without fields has an empty value.
func (r *cardReader) value(e *entry, p property, line cardLine) {
	var f field
	switch line.name {
	case "TEL":
		number := canonText(withoutTel(line.value))
		f = field{name: "value", exact: strings.TrimSpace(number), loose: phoneKey(line.value)}
		e.key = f.loose
	case "EMAIL":
		f = same("value", strings.TrimPrefix(strings.ToLower(strings.TrimSpace(canonText(line.value))), "mailto:"))
		e.key = f.exact
	case "ADR":
		setParts(e, []string{"box", "extension", "street", "city", "region", "code", "country"}, canonParts(line.value))
		return
	case "ORG":
		units := item.Split(line.value, ';')
		for i := range units {
			units[i] = strings.TrimSpace(canonText(units[i]))
		}
		setParts(e, []string{"value"}, units)
		return
	case "BDAY", "ANNIVERSARY", "DEATHDATE", "X-ABDATE":
		f = cardDate(line)
	case "REV", "CREATED":
		f = same("value", canonCardDate(line.value, false))
	case "PHOTO", "LOGO", "KEY", "SOUND":
		f = r.binary(e, line)
	case "MEMBER":
		f = same("value", strings.ToLower(withoutURN(line.value)))
		e.key = f.exact
	case "GENDER":
		f = same("value", canonGender(line.value))
	case "TZ":
		f = same("value", canonZone(line.value))
	case "RELATED":
		f = same("value", withoutURN(canonURI(line.value)))
	case "KIND":
		if f = same("value", strings.ToLower(strings.TrimSpace(canonText(line.value)))); f.exact == p.unset {
			return
		}
	default:
		if f = same("value", canonValue(p.value, line.value)); f.exact == p.unset {
			return
		}
	}
	if f.exact == "" {
		return
	}
	if p.kind == mapped && e.key == "" {
		e.key = f.exact
	}
	e.set(f)
}

// cardDate is a date of a card. Apple writes a birthday without a year as one of the year 1604.
func cardDate(line cardLine) field {
	date := canonCardDate(line.value, strings.EqualFold(param(line.params, "VALUE"), "DATE"))
	if year := param(line.params, "X-APPLE-OMIT-YEAR"); year != "" && strings.HasPrefix(date, year) && len(date) == 8 {
		return field{name: "value", exact: date + " without its year", loose: "--" + date[4:], show: "--" + date[4:]}
	}
	return same("value", date)
}

// binary is a picture, key or sound: its bytes if they are here, else where they are. What kind of picture it is says a
// parameter, a data URI, or nothing.
func (r *cardReader) binary(e *entry, line cardLine) field {
	media := param(line.params, "MEDIATYPE")
	if media == "" {
		media = param(line.params, "TYPE")
	}
	value := strings.TrimSpace(line.value)
	var f field
	if data, inline := inlineData(line); inline {
		f = same("value", r.hash(data))
	} else {
		f = same("value", canonURI(value))
	}
	if kind, isURI := dataURI(value); isURI {
		media = kind
	}
	if value == "" {
		return field{}
	}
	if strings.HasPrefix(f.exact, "sha256:") {
		f.show = showData(f.exact)
	}
	media = strings.TrimPrefix(strings.ToLower(media), "image/")
	e.set(field{name: "mediatype", exact: media, limit: Weak})
	return f
}

// hash is canonBase64, once for the same picture in several cards.
func (r *cardReader) hash(data string) string {
	if h := r.hashes[data]; h != "" {
		return h
	}
	h := canonBase64(data)
	if r.hashes != nil {
		r.hashes[data] = h
	}
	return h
}

// inlineData is the base64 of a picture, key or sound that is in the card.
func inlineData(line cardLine) (data string, inline bool) {
	value := strings.TrimSpace(line.value)
	if _, isURI := dataURI(value); isURI {
		head, data, _ := strings.Cut(value[5:], ",")
		return strings.ReplaceAll(data, `\`, ""), strings.HasSuffix(strings.ToLower(strings.ReplaceAll(head, `\`, "")), ";base64")
	}
	scheme, _, found := strings.Cut(value, ":")
	return value, param(line.params, "ENCODING") != "" || !found || !isScheme(scheme)
}

// dataURI returns the media type of a data: URI.
func dataURI(value string) (media string, ok bool) {
	if len(value) <= 5 || !strings.EqualFold(value[:5], "data:") {
		return "", false
	}
	head, _, _ := strings.Cut(value[5:], ",")
	media, _ = strings.CutSuffix(strings.ToLower(strings.ReplaceAll(head, `\`, "")), ";base64")
	return media, true
}

// finish adds to an entry what its parameters and the other lines of its group say.
func (r *cardReader) finish(e *entry, line cardLine) {
	if line.older != "" {
		e.set(field{name: "as", exact: line.older, limit: Weak})
	}
	types := r.types(e, line)
	loose := slices.Clone(types)
	if g := r.groupOf(line.leaf); g != nil {
		for _, l := range g.labels {
			label := canonText(l.Value())
			if line.name == "ANNIVERSARY" && line.older == "X-ABDATE" && l.Name == "X-ABLABEL" {
				continue // the label is what makes it an anniversary
			}
			if standard, ok := standardLabel(line.name, label); ok && l.Name == "X-ABLABEL" {
				// Such a label says what a TYPE says: weakly the same.
				types, loose = append(types, "label:"+standard), append(loose, standard)
				continue
			}
			e.set(same(strings.ToLower(l.Name), label))
		}
		if len(g.owners) > 1 {
			e.set(same("group", strings.Join(g.owners, " ")))
		}
	}
	types, loose = r.service(e, line, types, loose)
	e.set(field{name: "type", exact: sortedJoin(types), loose: sortedJoin(loose)})
	r.cardParams(e, line)
	if r.converted && droppedByVersion[line.name] {
		for i := range e.fields {
			e.fields[i].alone = Weak
		}
	}
}

// service reads which messenger or network an entry is of, which vCard 3 says in a parameter or a TYPE, and vCard 4 in the scheme.
func (r *cardReader) service(e *entry, line cardLine, types, loose []string) (typesLeft, looseLeft []string) {
	if line.name != "IMPP" && line.name != "SOCIALPROFILE" {
		return types, loose
	}
	name := param(line.params, "SERVICE-TYPE")
	if name == "" {
		name = param(line.params, "X-SERVICE-TYPE")
	}
	if line.older == "X-SOCIALPROFILE" && name == "" {
		for i, t := range types {
			if t != "home" && t != "work" {
				name = t
				types, loose = slices.Delete(slices.Clone(types), i, i+1), slices.Delete(loose, i, i+1)
				break
			}
		}
	}
	if name != "" {
		e.set(field{name: "service", exact: strings.ToLower(name), loose: strings.ToLower(name), alone: Weak})
	}
	return types, loose
}

// types is the TYPE of a line as a set. What says nothing is left out, and a preference is no type.
func (r *cardReader) types(e *entry, line cardLine) []string {
	if isBinary(line.name) {
		return nil // that is the kind of picture
	}
	var types []string
	for _, p := range line.params {
		if p.Name == "PREF" && len(p.Values) > 0 {
			if n, err := strconv.Atoi(canonNumber(p.Values[0])); err == nil && n > 0 {
				e.pref = n
			}
		}
		if p.Name != "TYPE" {
			continue
		}
		for _, v := range p.Values {
			for t := range strings.SplitSeq(strings.ToLower(v), ",") {
				switch t = strings.TrimSpace(t); {
				case t == "pref":
					if e.pref == 0 {
						e.pref = 1
					}
				case t == "" || t == "other", t == "internet" && line.name == "EMAIL", t == "voice" && line.name == "TEL":
				default:
					types = append(types, t)
				}
			}
		}
	}
	return types
}

func isBinary(name string) bool {
	return name == "PHOTO" || name == "LOGO" || name == "KEY" || name == "SOUND"
}

// cardParams adds the other parameters.
func (r *cardReader) cardParams(e *entry, line cardLine) {
	skip := []string{"TYPE", "PREF", "VALUE", "X-APPLE-OMIT-YEAR", "PROP-ID", "PID"}
	if line.name == "IMPP" || line.name == "SOCIALPROFILE" {
		skip = append(skip, "SERVICE-TYPE", "X-SERVICE-TYPE")
	}
	if isBinary(line.name) {
		skip = append(skip, "ENCODING", "MEDIATYPE")
	} else if v := strings.ToUpper(param(line.params, "VALUE")); v != "" && !strings.HasPrefix(v, "DATE") {
		e.set(field{name: "value type", exact: v, limit: Weak})
	}
	if line.name == "ADR" {
		skip = append(skip, "LABEL")
		if label := param(line.params, "LABEL"); label != "" {
			e.set(same("label", canonText(label)))
		}
	}
	for _, name := range []string{"PROP-ID", "PID"} {
		id := param(line.params, name)
		if id == "" {
			continue
		}
		e.set(field{name: strings.ToLower(name), exact: id, loose: id, limit: Bookkeeping})
		if name == "PID" {
			local, source, _ := strings.Cut(id, ".")
			if id = ""; r.pids[source] != "" {
				id = local + " of " + r.pids[source]
			}
		}
		if id != "" && e.ids == nil {
			e.ids = []string{id}
		}
	}
	addParams(e, line.params, "", skip...)
}

// pidSources are the URIs of CLIENTPIDMAP by their numbers.
func pidSources(c *item.Component) map[string]string {
	var pids map[string]string
	for l := range c.Leaves() {
		if l.Name != "CLIENTPIDMAP" {
			continue
		}
		if n, uri, found := strings.Cut(l.Value(), ";"); found {
			if pids == nil {
				pids = map[string]string{}
			}
			pids[strings.TrimSpace(n)] = strings.TrimSpace(uri)
		}
	}
	return pids
}

// addressLabels puts each LABEL of vCard 3 to the address of the same type, where vCard 4 has it as a parameter. One label and one
// address belong together whatever their types are.
func (r *cardReader) addressLabels() {
	if len(r.labels) == 0 {
		return
	}
	var free []*entry // addresses without a label
	if s := r.part.find("adr"); s != nil {
		for _, adr := range s.entries {
			if adr.field("label") == nil {
				free = append(free, adr)
			}
		}
	}
	only := len(free) == 1 && len(r.part.find("adr").entries) == 1 && len(r.labels) == 1
	if len(r.labels) > 1 { // which belongs to which must not hang on the order of the file
		slices.SortStableFunc(r.labels, func(a, b cardLine) int { return strings.Compare(canonText(a.value), canonText(b.value)) })
	}
	if len(free) > 1 {
		slices.SortStableFunc(free, func(a, b *entry) int { return strings.Compare(a.exact(), b.exact()) })
	}
	byType := map[string][]*entry{}
	for _, adr := range free {
		byType[entryTypes(adr)] = append(byType[entryTypes(adr)], adr)
	}
	for _, line := range r.labels {
		text := canonText(line.value)
		if text == "" {
			continue
		}
		e := &entry{source: source{leaf: line.leaf}, fields: []field{same("value", text)}}
		r.finish(e, line)
		adrs := byType[entryTypes(e)]
		if only {
			adrs = free
		}
		if len(adrs) > 0 {
			adrs[0].set(same("label", text))
			adrs[0].set(field{name: "label as", exact: "LABEL", limit: Weak})
			adrs[0].also = append(adrs[0].also, e.source)
			byType[entryTypes(e)] = adrs[1:]
			continue
		}
		s := r.part.slot("label", mapped, true)
		s.entries = append(s.entries, e)
	}
}
