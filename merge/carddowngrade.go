package merge

import "strings"

// downgrade writes a line of vCard 4.0 as one of 3.0; false if it has no place there.
func (w *versionWriter) downgrade(v *versionLine) bool {
	w.downgradeParams(v)
	switch v.leaf.Name {
	case "VERSION":
		v.value = w.to
	case "N":
		if as := v.param("SORT-AS"); len(as) > 0 {
			v.drop("SORT-AS")
			if w.card.Leaf("SORT-STRING") == nil {
				v.more = append(v.more, lineText{name: "SORT-STRING", value: escapeText(strings.Join(parsedParams(as)[0].Values, ","))})
			}
		}
	case "ADR":
		v.downgradeLabel()
	case "PHOTO", "LOGO", "KEY", "SOUND":
		v.downgradeBinary()
	case "BDAY", "DEATHDATE", "ANNIVERSARY":
		if !v.downgradeDate() {
			return false
		}
	case "TEL":
		if number := withoutTel(v.value); number != strings.TrimSpace(v.value) {
			v.value = escapeText(strings.Replace(number, ";ext=", " ext. ", 1))
			v.drop("VALUE")
		}
	case "GEO":
		if at := canonURI(v.value); strings.HasPrefix(at, "geo:") {
			lat, lon, _ := strings.Cut(at[len("geo:"):], ",")
			lon, _, _ = strings.Cut(lon, ";")
			v.value = lat + ";" + lon
			v.drop("VALUE")
		}
	case "TZ":
		v.downgradeZone()
	case "KIND", "MEMBER", "GENDER", "RELATED", "SOCIALPROFILE":
		return w.downgradeName(v)
	case "XML":
		return false
	case "CLIENTPIDMAP":
		w.said[v.leaf] = true // PIDs mean nothing in 3.0
		return false
	}
	if v.leaf.Name == "ANNIVERSARY" {
		v.rename("X-ANNIVERSARY")
	}
	return true
}

// downgradeName turns what vCard 4 has a name for into the older ones.
func (w *versionWriter) downgradeName(v *versionLine) bool {
	switch v.leaf.Name {
	case "KIND":
		switch strings.ToLower(strings.TrimSpace(v.value)) {
		case "org":
			v.rename("X-ABSHOWAS")
			v.value = "COMPANY"
		case "group":
			v.rename("X-ADDRESSBOOKSERVER-KIND")
		case "individual", "":
			w.said[v.leaf] = true // that is what a card is
			return false
		default:
			return false
		}
	case "MEMBER":
		v.rename("X-ADDRESSBOOKSERVER-MEMBER")
	case "GENDER":
		v.rename("X-GENDER")
	case "SOCIALPROFILE":
		v.rename("X-SOCIALPROFILE")
		if s := v.param("SERVICE-TYPE"); len(s) > 0 {
			_, service, _ := strings.Cut(s[0], "=")
			v.drop("SERVICE-TYPE")
			v.params = append(v.params, "TYPE="+strings.ToLower(service))
		}
	case "RELATED":
		return w.downgradeRelated(v)
	}
	return true
}

// downgradeRelated writes a related person by name, as Apple does. One that is a link has no place in 3.0.
func (w *versionWriter) downgradeRelated(v *versionLine) bool {
	isText := strings.EqualFold(param(parsedParams(v.param("VALUE")), "VALUE"), "text")
	if scheme, _, found := strings.Cut(v.value, ":"); !isText && found && isScheme(scheme) {
		return false
	}
	v.rename("X-ABRELATEDNAMES")
	v.drop("VALUE")
	g := groupIn(w.groups, v.leaf)
	types := v.types()
	if len(types) == 0 || g != nil && len(g.labels) > 0 {
		return true
	}
	if v.group == "" {
		v.group = w.freeGroup()
	}
	rest := lineText{}
	if len(types) > 1 {
		rest.params = []string{"TYPE=" + strings.Join(types[1:], ",")}
	}
	v.takeTypes(rest)
	v.more = append(v.more, lineText{name: "X-ABLABEL", value: "_$!<" + strings.ToUpper(types[0][:1]) + types[0][1:] + ">!$_"})
	return true
}

// downgradeParams writes a preference as vCard 3 does, which knows only one of them.
func (w *versionWriter) downgradeParams(v *versionLine) {
	if len(v.param("PREF")) == 0 {
		return
	}
	best := rankOf(v.lineText) == w.best[v.leaf.Name]
	v.drop("PREF")
	if best {
		v.params = append(v.params, "TYPE=pref")
	}
}

// downgradeLabel writes the label of an address as a property of its own.
func (v *versionLine) downgradeLabel() {
	label := param(v.leaf.Params(), "LABEL")
	if label == "" {
		return
	}
	v.drop("LABEL")
	var params []string
	for _, p := range v.params {
		if isType(p) {
			params = append(params, p)
		}
	}
	v.more = append(v.more, lineText{name: "LABEL", params: params, value: escapeText(label)})
}

// downgradeBinary writes the data of a data: URI as such.
func (v *versionLine) downgradeBinary() {
	value := strings.TrimSpace(v.value)
	media, isURI := dataURI(value)
	if !isURI {
		return
	}
	data, encoded := inlineData(cardLine{value: value})
	if !encoded {
		return
	}
	v.drop("VALUE", "MEDIATYPE", "ENCODING")
	kind := media[strings.LastIndexByte(media, '/')+1:]
	switch media {
	case "application/pgp-keys":
		kind = "PGP"
	case "application/pkix-cert":
		kind = "X509"
	case "application/octet-stream":
		kind = ""
	}
	v.params = append(v.params, "ENCODING=b")
	if kind != "" {
		v.params = append(v.params, "TYPE="+strings.ToUpper(kind))
	}
	v.value = data
}

// downgradeDate writes a date with dashes, and one without its year as Apple does; false if 3.0 has no such date.
func (v *versionLine) downgradeDate() bool {
	if strings.EqualFold(param(parsedParams(v.param("VALUE")), "VALUE"), "text") {
		return false
	}
	date, clock, timed := strings.Cut(canonCardDate(v.value, false), "T")
	v.drop("VALUE", "CALSCALE")
	switch {
	case len(date) == 6 && strings.HasPrefix(date, "--") && allDigits(date[2:]) && !timed:
		v.params = append(v.params, "X-APPLE-OMIT-YEAR=1604")
		date = "1604" + date[2:]
	case len(date) != 8 || !allDigits(date):
		return false
	}
	v.value = date[:4] + "-" + date[4:6] + "-" + date[6:]
	if !timed {
		return true
	}
	if len(clock) >= 6 && allDigits(clock[:6]) {
		clock = clock[:2] + ":" + clock[2:4] + ":" + clock[4:]
	}
	v.value += "T" + clock
	return true
}

// downgradeZone writes an offset with its colon, and says of a name that it is none.
func (v *versionLine) downgradeZone() {
	switch zone := canonZone(v.value); {
	case len(zone) == 5 && (zone[0] == '+' || zone[0] == '-') && allDigits(zone[1:]):
		v.value = zone[:3] + ":" + zone[3:]
		v.drop("VALUE")
	default:
		v.setParam("VALUE", []string{"VALUE=text"})
	}
}

// fromOldest writes the bare parameters and the quoted-printable of vCard 2.1 as 3.0 does.
func (v *versionLine) fromOldest() {
	line := plainValue(cardLine{leaf: v.leaf, params: cardParams(v.leaf), value: v.value})
	if len(line.params) == 0 && len(v.params) == 0 {
		return
	}
	v.value, v.params = line.value, nil
	for _, p := range line.params {
		values := make([]string, 0, len(p.Values))
		for _, value := range p.Values {
			values = append(values, quoteParam(value))
		}
		if p.Name == "ENCODING" && strings.EqualFold(p.Values[0], "BASE64") {
			values = []string{"b"}
		}
		v.params = append(v.params, p.Name+"="+strings.Join(values, ","))
	}
}

// oldest writes a line of vCard 3.0 as one of 2.1: one value in each TYPE, no escapes but that of the semicolon, and
// quoted-printable for what is not ASCII or has several lines.
func oldest(t lineText, eol string) []byte {
	var params []string
	for _, p := range t.params {
		name, value, found := strings.Cut(p, "=")
		switch {
		case found && strings.EqualFold(name, "ENCODING") && strings.EqualFold(value, "b"):
			params = append(params, "ENCODING=BASE64")
		case found && strings.EqualFold(name, "TYPE"):
			for one := range strings.SplitSeq(strings.ReplaceAll(value, `"`, ""), ",") {
				params = append(params, "TYPE="+one)
			}
		default:
			params = append(params, p)
		}
	}
	t.params = params
	if len(t.param("ENCODING")) > 0 {
		return fold(t.String(), eol)
	}
	t.value = unescapeOldest(strings.ToUpper(t.name), t.value)
	if plainASCII(t.value) {
		return fold(t.String(), eol)
	}
	t.params = append(t.params, "CHARSET=UTF-8", "ENCODING=QUOTED-PRINTABLE")
	text := t.value
	t.value = ""
	return append([]byte(t.String()), quotePrintable(text, len(t.String()), eol)...)
}

// unescapeOldest takes the escapes away that vCard 2.1 does not know, where a bare comma is no separator.
func unescapeOldest(name, s string) string {
	switch name[strings.IndexByte(name, '.')+1:] {
	case "N", "ADR", "ORG", "NICKNAME", "CATEGORIES":
		return structureUnescaper.Replace(s)
	}
	return textUnescaper.Replace(s)
}

var (
	structureUnescaper = strings.NewReplacer(`\\`, `\\`, `\n`, "\n", `\N`, "\n")
	textUnescaper      = strings.NewReplacer(`\\`, `\\`, `\n`, "\n", `\N`, "\n", `\,`, ",")
)

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// quotePrintable encodes a text, with soft breaks; the first line has that many characters already.
func quotePrintable(s string, column int, eol string) []byte {
	const hex = "0123456789ABCDEF"
	var out []byte
	for i := 0; i < len(s); i++ {
		piece := []byte{s[i]}
		switch {
		case s[i] == '\n':
			piece = []byte("=0D=0A")
		case s[i] < ' ' || s[i] > '~' || s[i] == '=':
			piece = []byte{'=', hex[s[i]>>4], hex[s[i]&15]}
		}
		if column += len(piece); column > foldWidth-1 {
			out = append(append(out, '='), eol...)
			column = len(piece)
		}
		out = append(out, piece...)
	}
	return append(out, eol...)
}
