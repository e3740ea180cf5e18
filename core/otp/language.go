package otp

import "github.com/kuvaka-tech/parley/core/phone"

// Language is that of a text, by its code in ISO 639-1.
type Language string

// wordings are what a text may say, the best first and then one that takes fewer
// octets: without what can be spared, or without letters that GSM's alphabet
// lacks. The code, which comes first so that a notification shows it, and how
// many minutes it works are put in.
var wordings = map[Language][]string{
	"de": {"%[1]s ist Ihr Parley-Code. Er gilt %[2]d Minuten. Geben Sie ihn niemandem.", "%[1]s ist Ihr Parley-Code."},
	"en": {"%[1]s is your Parley code. It works for %[2]d minutes. Never share it with anybody.", "%[1]s is your Parley code."},
	"es": {"%[1]s es tu código de Parley. Vale %[2]d minutos. No lo compartas.", "%[1]s es tu clave de Parley. Vale %[2]d minutos. No la compartas."},
	"fr": {"%[1]s est votre code Parley. Il est valable %[2]d minutes. Ne le donnez à personne.", "%[1]s est votre code Parley."},
	"hi": {"%[1]s आपका Parley कोड है। %[2]d मिनट तक मान्य। किसी को न बताएं।", "%[1]s आपका Parley कोड है।"},
	"id": {"%[1]s adalah kode Parley Anda. Berlaku %[2]d menit. Jangan berikan kepada siapa pun.", "%[1]s adalah kode Parley Anda."},
	"it": {"%[1]s è il tuo codice Parley. Vale %[2]d minuti. Non darlo a nessuno.", "%[1]s è il tuo codice Parley."},
	"pt": {"%[1]s é o seu código Parley. Vale %[2]d minutos. Não o dê a ninguém.", "%[1]s é o seu PIN do Parley. Vale %[2]d minutos. Nunca o compartilhe."},
}

// spoken lists the country codes (ITU-T E.164) where most people read one of the
// languages; English is for the rest.
var spoken = map[Language][]string{
	"de": {"41", "423", "43", "49"},
	"es": {"34", "240", "51", "52", "53", "54", "56", "57", "58", "502", "503", "504", "505", "506", "507", "591", "593", "595", "598"},
	"fr": {"33", "377", "221", "223", "224", "225", "226", "227", "228", "229", "241", "242", "243", "261", "262", "352", "590", "594", "596", "687", "689"},
	"hi": {"91"},
	"id": {"62"},
	"it": {"39", "378"},
	"pt": {"55", "351", "238", "239", "244", "245", "258"},
}

var languages = byCountry()

func byCountry() map[string]Language {
	m := map[string]Language{}
	for language, codes := range spoken {
		for _, code := range codes {
			m[code] = language
		}
	}
	return m
}

// LanguageOf is the language that a number's country reads, as far as there are
// wordings in it. No country's code begins with another's, so that the first that
// fits is the one.
func LanguageOf(n phone.Number) Language {
	digits := n.String()
	for end := 2; end <= 4 && end <= len(digits); end++ {
		if language, ok := languages[digits[1:end]]; ok {
			return language
		}
	}
	return "en"
}
