package portstest

// caseTexts are texts with queries that find them.
var caseTexts = []struct {
	content string
	queries []string
}{
	{"What do OWLS eat?", []string{"owls", "OWLS", "Do oWLs", "what do owls eat?"}},
	{"Crème BRÛLÉE, señor", []string{"crème brûlée", "CRÈME", "brûl", "SEÑOR"}},
	{"İstanbul ve IĞDIR", []string{"istanbul", "ISTANBUL", "İSTANBUL", "ıstanbul", "iğdır", "IĞDIR"}},
	{"Große STRAẞE, süß", []string{"straße", "GROẞE", "süß", "SÜẞ"}},
	{"Ο ΟΔΥΣΣΕΎΣ είναι σοφός", []string{"οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "σοφόσ", "ΣΟΦΌΣ"}},
	{"Съешь ЁЖИКА", []string{"съешь ёжика", "СЪЕШЬ", "ёж"}},
	{"ՀԱՅԱՍՏԱՆ և Ქართული", []string{"հայաստան", "ქართული"}},
	{"300 \u212A, \u212Bngström", []string{"300 k", "ångström", "ÅNGSTRÖM"}},
	{"ＡＢＣ", []string{"ａｂｃ"}},
}

func (t *storeTest) searchCase() {
	r := t.addRoom()
	for _, c := range caseTexts {
		want := t.say(r, c.content, midday).prompt
		for _, query := range c.queries {
			t.wantFound(r.Owner, query, want)
		}
	}
}

func (t *storeTest) searchParts() {
	r := t.addRoom()
	for content, queries := range map[string][]string{
		"Hedgehogs": {"hedge", "hogs", "gehog", "h"},
		"今天天气很好，我们去公园。":            {"天气", "我们去", "今", "很好，我"},
		"สวัสดีครับ วันนี้อากาศดี": {"สวัสดี", "ครับ", "อากาศ", "ดีครับ วัน"},
		"今日は東京タワーへ行きました":           {"東京タワー", "行き"},
		"مرحبا بالعالم":            {"بالعالم", "رحب"},
		"नमस्ते दुनिया":            {"दुनिया", "नमस्"},
		"Night 🦉🦉 birds 👩‍🚀":       {"🦉 BIRDS", "birds 👩‍🚀", "t 🦉🦉"},
		"two\nlines\tand tabs":     {"two\nlines", "LINES\tAND"},
		"e\u0301te\u0301":          {"e\u0301te\u0301", "T\u0065\u0301"},
		"7 × 8 = 56":               {"7 × 8", "56", "= 5"},
	} {
		want := t.say(r, content, midday).prompt
		for _, query := range queries {
			t.wantAmongFound(r.Owner, query, want)
		}
	}
}

func (t *storeTest) searchDifferences() {
	r := t.addRoom()
	t.say(r, "Crème in der Straße 日本 ice cream", midday)
	for _, query := range []string{"creme", "strasse", "本日", "icecream", "ice  cream", "cream.", "x"} {
		t.wantFound(r.Owner, query)
	}
}

func (t *storeTest) searchLiteral() {
	r := t.addRoom()
	signs := t.say(r, `100% of a_c \d+ C:\dir (a|b)* [x-z] ^x$ {2} a.c 'x'; -- "x" ***:x ]x \`, midday).prompt
	t.say(r, "abc 1 dd aab xyz xx 100 of", midday)
	for _, query := range []string{
		"100%", "a_c", `\d+`, `c:\DIR`, "(a|b)*", "[X-Z]", "^x$", "{2} a", "a.c", `'x'; --`, `"x"`, "***:x", "]x",
		`x \`,
	} {
		t.wantFound(r.Owner, query, signs)
	}
	for _, query := range []string{"1%c", "ab_", "ab.", "ab*", "(abc)", "[abc]", "a{2}b", `\wbc`, "^abc", "(?i)abc"} {
		t.wantFound(r.Owner, query)
	}
}

func (t *storeTest) searchWithoutWord() {
	r := t.addRoom()
	t.say(r, "?! 🦉 … % _ .", midday)
	for _, query := range []string{"?", "🦉", "…", "%", "_", ".", " ", "?! 🦉"} {
		t.wantFound(r.Owner, query)
	}
}
