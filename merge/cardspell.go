package merge

import (
	"strings"

	"vgit/repo/item"
)

// olderNames are the spellings of vCard 3 for what has a name of its own in vCard 4. The same slot under another name is weak.
var olderNames = map[string]string{
	"X-ANNIVERSARY":                "ANNIVERSARY",
	"X-EVOLUTION-ANNIVERSARY":      "ANNIVERSARY",
	"X-KADDRESSBOOK-X-ANNIVERSARY": "ANNIVERSARY",
	"X-ADDRESSBOOKSERVER-KIND":     "KIND",
	"X-ADDRESSBOOKSERVER-MEMBER":   "MEMBER",
	"X-GENDER":                     "GENDER",
	"X-SOCIALPROFILE":              "SOCIALPROFILE",
	"X-ABRELATEDNAMES":             "RELATED",
}

// relations are the older properties for one kind of RELATED each.
var relations = map[string]string{
	"X-SPOUSE": "spouse", "X-EVOLUTION-SPOUSE": "spouse", "X-KADDRESSBOOK-X-SPOUSESNAME": "spouse",
	"X-MANAGER": "manager", "X-EVOLUTION-MANAGER": "manager", "X-KADDRESSBOOK-X-MANAGERSNAME": "manager",
	"X-ASSISTANT": "assistant", "X-EVOLUTION-ASSISTANT": "assistant", "X-KADDRESSBOOK-X-ASSISTANTSNAME": "assistant",
}

// messengers are the schemes of IMPP for the older properties of their own.
var messengers = map[string]string{
	"X-AIM": "aim", "X-JABBER": "xmpp", "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-ICQ": "icq", "X-MSN": "msnim",
	"X-YAHOO": "ymsgr", "X-GOOGLE-TALK": "xmpp", "X-GTALK": "xmpp",
}

// hasOlderName are the names of vCard 4 for which there are older ones.
var hasOlderName = func() map[string]bool {
	names := map[string]bool{"IMPP": true, "RELATED": true}
	for _, name := range olderNames {
		names[name] = true
	}
	return names
}()

const appleAnniversary = "_$!<anniversary>!$_"

// modern turns an older spelling into the newer one.
func modern(line cardLine, g *cardGroup) cardLine {
	older := line.name
	switch {
	case olderNames[older] != "":
		line.name = olderNames[older]
	case relations[older] != "":
		line.name = "RELATED"
		line.params = append(line.params[:len(line.params):len(line.params)], item.Param{Name: "TYPE", Values: []string{relations[older]}})
	case messengers[older] != "" && strings.TrimSpace(line.value) != "":
		line.name, line.value = "IMPP", messengers[older]+":"+strings.TrimSpace(canonText(line.value))
	case older == "X-ABSHOWAS" && strings.EqualFold(strings.TrimSpace(line.value), "COMPANY"):
		line.name, line.value = "KIND", "org"
	case older == "X-ABDATE" && g.says(appleAnniversary):
		line.name = "ANNIVERSARY"
	default:
		return line
	}
	line.older = older
	return line
}

// plainValue decodes the quoted-printable of vCard 2.1 to text as the later versions escape it, and drops the parameters that said
// so. Other character sets than UTF-8 stay encoded.
func plainValue(line cardLine) cardLine {
	if !strings.EqualFold(param(line.params, "ENCODING"), "QUOTED-PRINTABLE") {
		return line
	}
	if set := param(line.params, "CHARSET"); set != "" && !strings.EqualFold(set, "UTF-8") && !strings.EqualFold(set, "US-ASCII") {
		return line
	}
	text, ok := unquotePrintable(line.value)
	if !ok {
		return line
	}
	text = strings.ReplaceAll(text, "\r", "")
	line.value = strings.ReplaceAll(text, "\n", `\n`)
	line.params = withoutParams(line.params, "ENCODING", "CHARSET")
	return line
}

func withoutParams(params []item.Param, names ...string) []item.Param {
	kept := make([]item.Param, 0, len(params))
next:
	for _, p := range params {
		for _, name := range names {
			if p.Name == name {
				continue next
			}
		}
		kept = append(kept, p)
	}
	return kept
}

// unquotePrintable decodes =3D and the like; ok is false where it is not what it claims to be.
func unquotePrintable(s string) (text string, ok bool) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		out = append(out, byte(hi<<4|lo))
		i += 2
	}
	return string(out), true
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// genders are the words that older clients write for the letters of vCard 4.
var genders = map[string]string{"MALE": "M", "FEMALE": "F", "OTHER": "O", "NONE": "N", "UNKNOWN": "U"}

// canonGender is the letter of a sex and the text behind it.
func canonGender(s string) string {
	sex, text, _ := strings.Cut(s, ";")
	sex = strings.ToUpper(strings.TrimSpace(sex))
	if letter := genders[sex]; letter != "" {
		sex = letter
	}
	if text = strings.TrimSpace(canonText(text)); text == "" {
		return sex
	}
	return sex + ";" + text
}

// canonZone is a time zone of a card: an offset with or without its colon, or a name.
func canonZone(s string) string {
	s = strings.TrimSpace(canonText(s))
	if len(s) == 6 && (s[0] == '+' || s[0] == '-') && s[3] == ':' && allDigits(s[1:3]+s[4:]) {
		return s[:3] + s[4:]
	}
	return s
}
