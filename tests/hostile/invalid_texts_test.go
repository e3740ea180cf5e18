package hostile

import "strings"

// invalidTexts contains texts that break the rule of a field, by field and name. The
// passwords that are only compared with the current password have no rules.
var invalidTexts = map[string]map[string]string{
	"name": {
		"empty":          "",
		"whitespace":     " \t\n\u00a0\u2003",
		"101 characters": strings.Repeat("é", 101),
		"NUL":            canary + "\x00",
		"very long":      strings.Repeat(canary, 5000),
	},
	"system_prompt": {
		"4001 characters": strings.Repeat("é", 4001),
		"4001 spaces":     strings.Repeat(" ", 4001),
		"NUL":             canary + "\x00",
		"very long":       strings.Repeat(canary, 20_000),
	},
	"content": {
		"empty":           "",
		"whitespace":      " \t\n\u00a0\u2003",
		"8001 characters": strings.Repeat("é", 8001),
		"NUL":             canary + "\x00",
		"very long":       strings.Repeat(canary, 50_000),
	},
	"mobile_number": {
		"empty":            "",
		"whitespace":       "   ",
		"letters":          canary,
		"no plus":          "1234567890",
		"7 digits":         "+1234567",
		"16 digits":        "+1234567890123456",
		"leading zero":     "+0123456789",
		"two numbers":      "+1234567890,+1234567891",
		"NUL":              "+1234567890\x00",
		"fullwidth digits": "+１２３４５６７８９０",
		"Arabic digits":    "+١٢٣٤٥٦٧٨٩٠",
		"very long":        "+" + strings.Repeat("1", 8001),
		"many spaces":      "+1234567890" + strings.Repeat(" ", 100),
	},
	"otp": {
		"empty":            "",
		"whitespace":       "      ",
		"5 digits":         "12345",
		"7 digits":         "1234567",
		"letters":          canary,
		"one letter":       "12345a",
		"NUL":              "12345\x00",
		"newline":          "123456\n",
		"fullwidth digits": "１２３４５６",
		"plus":             "+12345",
		"very long":        strings.Repeat("1", 8001),
	},
	"new_password": {
		"empty":          "",
		"7 characters":   "1234567",
		"whitespace":     "   ",
		"129 characters": strings.Repeat("é", 129),
		"NUL":            canary + "\x00",
		"very long":      strings.Repeat(canary, 1000),
	},
	"success_url": invalidReturnURLs,
	"cancel_url":  invalidReturnURLs,
	"return_url":  invalidReturnURLs,
}

// invalidReturnURLs contains URLs to which the program must not send a user.
var invalidReturnURLs = map[string]string{
	"empty":             "",
	"space":             " ",
	"no URL":            canary,
	"other site":        "https://evil.example/" + canary,
	"script":            "javascript://subscription/%0a" + canary,
	"parent folder":     "myapp://subscription/../" + canary,
	"longer host":       "myapp://subscriptions",
	"NUL":               "myapp://subscription/\x00",
	"URL with userinfo": "myapp://" + canary + "@subscription",
	"very long":         "myapp://subscription/" + strings.Repeat("a", 2048),
}
