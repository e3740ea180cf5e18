package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
)

//go:embed static
var staticFiles embed.FS

// indexFile is the template of the page itself.
const indexFile = "index.html"

// site is the page with all its files, ready to be served.
type site struct {
	index  file
	assets map[string]file // by name
	hash   string          // of all assets; a part of their addresses
}

// indexData is the data of the template of the page.
type indexData struct {
	Folder  string   // the address of the folder of the assets, relative to the page
	Modules []string // names; the browser loads them concurrently
}

// styles are the style sheets in the order of the cascade. Browsers get them as one file.
var styles = []string{"base.css", "layout.css", "chat.css", "prose.css", "dialogs.css", "login.css"}

const styleFile = "style.css"

// loadSite loads the embedded files. It panics if they are not as the program expects,
// which the tests of this package prove.
func loadSite() site {
	s := site{assets: map[string]file{}}
	data := indexData{}
	all := sha256.New()
	add := func(name string, content []byte) {
		s.assets[name] = newFile(name, content)
		fmt.Fprintf(all, "%s %d\n%s", name, len(content), content)
	}
	for _, name := range assetNames() {
		add(name, read(name))
		if path.Ext(name) == ".js" {
			data.Modules = append(data.Modules, name)
		}
	}
	add(styleFile, joinStyles())
	s.hash = hex.EncodeToString(all.Sum(nil)[:8])
	data.Folder = assetsPath[1:] + s.hash
	s.index = newFile(indexFile, renderIndex(data))
	return s
}

// joinStyles returns the content of all style sheets.
func joinStyles() []byte {
	var all []byte
	for _, name := range styles {
		all = append(all, read(name)...)
	}
	return all
}

// assetNames returns the sorted names of all files except the page itself and the style sheets.
func assetNames() []string {
	entries, err := fs.ReadDir(staticFiles, "static")
	must(err)
	var names []string
	for _, e := range entries {
		if e.Name() != indexFile && path.Ext(e.Name()) != ".css" {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

func read(name string) []byte {
	content, err := staticFiles.ReadFile(path.Join("static", name))
	must(err)
	return content
}

// renderIndex returns the page with the addresses of its files.
func renderIndex(data indexData) []byte {
	var page bytes.Buffer
	t := template.Must(template.New(indexFile).Parse(string(read(indexFile))))
	must(t.Execute(&page, data))
	return page.Bytes()
}

// must panics when an embedded file is missing or invalid.
func must(err error) {
	if err != nil {
		panic(fmt.Errorf("loading the files of the page: %w", err))
	}
}
