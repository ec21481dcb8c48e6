package merge

import (
	"strings"
)

// upgrade writes a line of vCard 3.0 or 2.1 as one of 4.0; false if it has no place there, or is said by another line.
func (w *versionWriter) upgrade(v *versionLine) bool {
	name := v.leaf.Name
	switch {
	case droppedByVersion[name], name == "LABEL":
		return false
	case name == "SORT-STRING":
		w.said[v.leaf] = w.card.Leaf("N") != nil
		return false
	case w.said[v.leaf]:
		return false
	}
	w.upgradeParams(v)
	switch name {
	case "VERSION":
		v.value = "4.0"
	case "N":
		if w.sorted != "" && len(v.param("SORT-AS")) == 0 {
			v.params = append(v.params, "SORT-AS="+quoteParam(canonText(w.sorted)))
		}
	case "ADR":
		if l := w.labels[v.leaf]; l != nil {
			label := plainValue(cardLine{leaf: l, params: cardParams(l), value: l.Value()})
			v.params = append(v.params, "LABEL="+quoteParam(canonText(label.value)))
		}
	case "PHOTO", "LOGO", "KEY", "SOUND":
		v.upgradeBinary()
	case "BDAY", "DEATHDATE", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY":
		v.upgradeDate()
	case "X-ABDATE":
		if _, label := w.standardLabelOf(v.leaf); label != nil && strings.EqualFold(strings.TrimSpace(label.Value()), appleAnniversary) {
			v.group = ""
			v.rename("ANNIVERSARY")
			v.upgradeDate()
		}
	case "REV":
		v.value = canonCardDate(v.value, false)
	case "GEO":
		if lat, lon, found := strings.Cut(v.value, ";"); found {
			v.value = "geo:" + strings.TrimSpace(lat) + "," + strings.TrimSpace(lon)
			v.drop("VALUE")
		}
	case "TZ":
		if zone := canonZone(v.value); zone != v.value && !strings.EqualFold(strings.Join(v.param("VALUE"), ""), "VALUE=text") {
			v.value = zone
			v.setParam("VALUE", []string{"VALUE=utc-offset"})
		}
	default:
		w.upgradeName(v)
	}
	if newer := olderNames[name]; newer != "" && name != "X-ABRELATEDNAMES" {
		v.rename(newer)
	}
	return true
}

// upgradeName turns the older properties for one purpose each into what vCard 4 has for all of them.
func (w *versionWriter) upgradeName(v *versionLine) {
	name := v.leaf.Name
	switch {
	case name == "X-ABSHOWAS" && strings.EqualFold(strings.TrimSpace(v.value), "COMPANY"):
		v.rename("KIND")
		v.value = "org"
	case name == "X-GENDER":
		if letter := canonGender(v.value); len(letter) == 1 {
			v.value = letter
		}
	case name == "X-ABRELATEDNAMES":
		v.rename("RELATED")
		v.setParam("VALUE", []string{"VALUE=text"})
		if t, label := w.standardLabelOf(v.leaf); label != nil {
			v.group = ""
			v.params = append(v.params, "TYPE="+t)
		}
	case relations[name] != "":
		v.rename("RELATED")
		v.setParam("VALUE", []string{"VALUE=text"})
		v.params = append(v.params, "TYPE="+relations[name])
	case messengers[name] != "" && strings.TrimSpace(v.value) != "":
		v.rename("IMPP")
		v.value = messengers[name] + ":" + strings.TrimSpace(canonText(v.value))
	case name == "X-SOCIALPROFILE":
		v.upgradeService()
	}
}

// upgradeService writes the network of a profile, which is a TYPE in vCard 3, as a parameter of its own (RFC 9554).
func (v *versionLine) upgradeService() {
	if len(v.param("SERVICE-TYPE")) > 0 || len(v.param("X-SERVICE-TYPE")) > 0 {
		return
	}
	var kept []string
	service := ""
	for _, t := range v.types() {
		if service == "" && t != "home" && t != "work" {
			service = t
			continue
		}
		kept = append(kept, t)
	}
	if service == "" {
		return
	}
	types := lineText{}
	if len(kept) > 0 {
		types.params = []string{"TYPE=" + strings.Join(kept, ",")}
	}
	v.takeTypes(types)
	v.params = append(v.params, "SERVICE-TYPE="+quoteParam(service))
}

// upgradeParams writes a preference as vCard 4 does, and drops what it does not know.
func (w *versionWriter) upgradeParams(v *versionLine) {
	if rank := rankOf(v.lineText); rank > 0 && len(v.param("PREF")) == 0 {
		v.setPreference(lineText{params: []string{"PREF=1"}})
	}
	if v.leaf.Name == "EMAIL" {
		for i, p := range v.params {
			if isType(p) {
				v.params[i] = withoutValue(p, "internet")
			}
		}
		kept := v.params[:0]
		for _, p := range v.params {
			if p != "" {
				kept = append(kept, p)
			}
		}
		v.params = kept
	}
}

// upgradeBinary writes a picture, key or sound as a data: URI.
func (v *versionLine) upgradeBinary() {
	line := cardLine{name: v.leaf.Name, params: parsedParams(v.params), value: v.value}
	data, inline := inlineData(line)
	kind := ""
	if types := v.types(); len(types) > 0 {
		kind = mediaOf(v.leaf.Name, types[0])
	}
	if _, isURI := dataURI(strings.TrimSpace(v.value)); isURI {
		v.takeTypes(lineText{})
		v.drop("ENCODING", "VALUE")
		return
	}
	v.takeTypes(lineText{})
	if !inline {
		if kind != "" && len(v.param("MEDIATYPE")) == 0 {
			v.params = append(v.params, "MEDIATYPE="+kind)
		}
		return
	}
	if kind == "" {
		kind = mediaOf(v.leaf.Name, "")
	}
	v.drop("ENCODING", "VALUE", "CHARSET")
	v.value = "data:" + kind + ";base64," + strings.Join(strings.Fields(data), "")
}

// mediaOf is the media type of what vCard 3 calls by a word.
func mediaOf(name, word string) string {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "/"):
		return word
	case name == "KEY" && word == "x509":
		return "application/pkix-cert"
	case name == "KEY" && (word == "pgp" || word == "gpg"):
		return "application/pgp-keys"
	case name == "KEY":
		return "application/octet-stream"
	case name == "SOUND" && word != "":
		return "audio/" + word
	case name == "SOUND":
		return "audio/basic"
	case word == "":
		return "image/jpeg"
	}
	return "image/" + word
}

// upgradeDate writes a date in the basic form, one of Apple without its year as one that has none.
func (v *versionLine) upgradeDate() {
	line := cardLine{params: parsedParams(v.params), value: v.value}
	if f := cardDate(line); f.exact != "" {
		v.value = f.loose
	}
	v.drop("X-APPLE-OMIT-YEAR")
	if value := strings.ToUpper(strings.Join(v.param("VALUE"), "")); strings.HasPrefix(value, "VALUE=DATE") {
		v.drop("VALUE")
	}
}

// quoteParam writes the value of a parameter, with the carets of RFC 6868 where it needs them.
func quoteParam(s string) string {
	s = paramEscaper.Replace(s)
	if strings.ContainsAny(s, ",;: ") || strings.Contains(s, "^") {
		return `"` + s + `"`
	}
	return s
}

var paramEscaper = strings.NewReplacer("^", "^^", "\n", "^n", `"`, "^'")

// withoutValue takes one value out of a TYPE as written.
func withoutValue(p, value string) string {
	name, list, found := strings.Cut(p, "=")
	if !found {
		if strings.EqualFold(p, value) {
			return ""
		}
		return p
	}
	if !strings.Contains(strings.ToLower(list), value) {
		return p
	}
	var kept []string
	for t := range strings.SplitSeq(strings.ReplaceAll(list, `"`, ""), ",") {
		if !strings.EqualFold(strings.TrimSpace(t), value) {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return name + "=" + strings.Join(kept, ",")
}
