package otp

import "github.com/kuvaka-tech/parley/core/phone"

// Language is an ISO 639-1 code.
type Language string

// wordings are the texts of each language. The first one is the best. The second one is
// shorter, or avoids letters that the GSM alphabet does not have. %[1]s is the code: it
// comes first, so that a notification shows it. %[2]d is its validity in minutes.
var wordings = map[Language][]string{
	"de": {
		"%[1]s ist Ihr Parley-Code. Er gilt %[2]d Minuten. Geben Sie ihn niemandem.",
		"%[1]s ist Ihr Parley-Code.",
	},
	"en": {
		"%[1]s is your Parley code. It works for %[2]d minutes. Never share it with anybody.",
		"%[1]s is your Parley code.",
	},
	"es": {
		"%[1]s es tu código de Parley. Vale %[2]d minutos. No lo compartas.",
		"%[1]s es tu clave de Parley. Vale %[2]d minutos. No la compartas.",
	},
	"fr": {
		"%[1]s est votre code Parley. Il est valable %[2]d minutes. Ne le donnez à personne.",
		"%[1]s est votre code Parley.",
	},
	"hi": {
		"%[1]s आपका Parley कोड है। %[2]d मिनट तक मान्य। किसी को न बताएं।",
		"%[1]s आपका Parley कोड है।",
	},
	"id": {
		"%[1]s adalah kode Parley Anda. Berlaku %[2]d menit. Jangan berikan kepada siapa pun.",
		"%[1]s adalah kode Parley Anda.",
	},
	"it": {
		"%[1]s è il tuo codice Parley. Vale %[2]d minuti. Non darlo a nessuno.",
		"%[1]s è il tuo codice Parley.",
	},
	"pt": {
		"%[1]s é o seu código Parley. Vale %[2]d minutos. Não o dê a ninguém.",
		"%[1]s é o seu PIN do Parley. Vale %[2]d minutos. Nunca o compartilhe.",
	},
}

// countryCodes lists, for each language, the country codes (ITU-T E.164) of countries
// where most people read it. All other countries get English.
var countryCodes = map[Language][]string{
	"de": {"41", "423", "43", "49"},
	"es": {
		"34", "240", "51", "52", "53", "54", "56", "57", "58", "502", "503", "504", "505", "506", "507",
		"591", "593", "595", "598",
	},
	"fr": {
		"33", "377", "221", "223", "224", "225", "226", "227", "228", "229", "241", "242", "243", "261",
		"262", "352", "590", "594", "596", "687", "689",
	},
	"hi": {"91"},
	"id": {"62"},
	"it": {"39", "378"},
	"pt": {"55", "351", "238", "239", "244", "245", "258"},
}

// languageByCountryCode is countryCodes inverted.
var languageByCountryCode = invertCountryCodes()

func invertCountryCodes() map[string]Language {
	m := map[string]Language{}
	for language, codes := range countryCodes {
		for _, code := range codes {
			m[code] = language
		}
	}
	return m
}

// LanguageOf returns the language of the number's country, or English if there is no text
// in that language. No country code is a prefix of another one, so the first match is the
// only one.
func LanguageOf(n phone.Number) Language {
	digits := n.String()
	for end := 2; end <= 4 && end <= len(digits); end++ {
		if language, ok := languageByCountryCode[digits[1:end]]; ok {
			return language
		}
	}
	return "en"
}
