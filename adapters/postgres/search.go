package postgres

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"

	"github.com/kuvaka-tech/parley/core/chat"
	"github.com/kuvaka-tech/parley/core/id"
	"github.com/kuvaka-tech/parley/core/text"
)

const (
	// maxSearches limits the searches of a process that run concurrently. They may take
	// seconds, and the other connections of DB.pool must remain free for short statements.
	maxSearches = 4
	// searchTimeout limits how long a search waits for others, and then how long it runs.
	searchTimeout = 2 * time.Second
	// limitSearch applies searchTimeout to the next statements of the transaction.
	limitSearch = `SET LOCAL statement_timeout = '2s'`
	// queryCanceled is the SQLSTATE of a statement that reached its timeout.
	queryCanceled = "57014"
)

var searchMessages = load[searchParams]("search_messages.sql")

// searchParams are the parameters of search_messages.sql.
type searchParams struct {
	Owner         id.ID     `db:"owner"`
	Folded        string    `db:"folded"`
	Pattern       string    `db:"pattern"`
	BeforeCreated time.Time `db:"before_created"`
	BeforeRoom    id.ID     `db:"before_room"`
	BeforeBorn    int64     `db:"before_born"`
	Limit         int       `db:"limit"`
	MaxBytes      int       `db:"max_bytes"`
}

// firstPosition is before all messages in the order of the results.
var firstPosition = chat.SearchPosition{
	Created: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	Room:    "ffffffff-ffff-ffff-ffff-ffffffffffff",
	Born:    math.MaxInt64,
}

func newSearchParams(q chat.SearchQuery) searchParams {
	before := firstPosition
	if q.Before != nil {
		before = *q.Before
	}
	return searchParams{
		Owner:         q.Owner,
		Folded:        q.Text.Folded(),
		Pattern:       patternOf(q.Text),
		BeforeCreated: before.Created,
		BeforeRoom:    before.Room,
		BeforeBorn:    before.Born,
		Limit:         q.Limit + 1,
		MaxBytes:      chat.PageBytes,
	}
}

// Find implements ports.Search. It searches without an index, because no index of Postgres
// finds parts of words in every language. It folds no texts: the pattern contains the variants
// of each character of the query. So no copy of the texts has to be stored, and the results do
// not depend on the locale of the database.
func (s Search) Find(ctx context.Context, q chat.SearchQuery) (chat.SearchPage, error) {
	if !q.Text.HasWord() {
		return chat.SearchPage{}, nil
	}
	release, err := s.beginSearch(ctx)
	if err != nil {
		return chat.SearchPage{}, wrap("waiting for other searches", err)
	}
	defer release()
	var rows []foundRow
	err = s.messagePool.transaction(ctx, func(ctx context.Context, tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, limitSearch); err != nil {
			return err
		}
		return translateTimeout(searchMessages.selectAll(ctx, tx, &rows, newSearchParams(q)))
	})
	return newSearchPage(rows, q.Limit), wrap("searching messages", err)
}

// foundRow is a row of the result of search_messages.sql.
type foundRow struct {
	Found int
	chat.Message
}

func newSearchPage(rows []foundRow, limit int) (p chat.SearchPage) {
	for _, row := range rows[:min(limit, len(rows))] {
		p.Messages = append(p.Messages, row.Message)
	}
	p.More = len(rows) > 0 && rows[0].Found > len(p.Messages)
	return p
}

// beginSearch waits until fewer than maxSearches searches are running, and returns the function that
// ends this one. It fails with chat.ErrSearchTimeout after searchTimeout.
func (db *DB) beginSearch(ctx context.Context) (release func(), err error) {
	timeout := time.NewTimer(searchTimeout)
	defer timeout.Stop()
	select {
	case db.searches <- struct{}{}:
		return func() { <-db.searches }, nil
	case <-timeout.C:
		return nil, chat.ErrSearchTimeout
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// translateTimeout replaces the error of a statement that reached its timeout.
func translateTimeout(err error) error {
	var serverError *pgconn.PgError
	if errors.As(err, &serverError) && serverError.Code == queryCanceled {
		return chat.ErrSearchTimeout
	}
	return err
}

// patternOf returns a regular expression that matches a text that contains the query: for each
// character a bracket expression with its variants. It returns "" if no character has variants, as
// in Chinese, because then the text can be compared directly, which takes less time. The pattern
// is short, because for every text the server compares it with those that it has compiled.
func patternOf(q text.Query) string {
	var pattern strings.Builder
	hasVariants := false
	for _, r := range q.Folded() {
		variants := text.Variants(r)
		if len(variants) == 1 {
			writeLiteral(&pattern, r)
			continue
		}
		hasVariants = true
		pattern.WriteByte('[')
		for _, variant := range variants {
			writeLiteral(&pattern, variant)
		}
		pattern.WriteByte(']')
	}
	if !hasVariants {
		return ""
	}
	return pattern.String()
}

// writeLiteral writes a character of a regular expression without a special meaning. All special
// characters are ASCII, and a backslash before one that is no letter and no digit makes it literal
// (postgresql.org/docs/15, "Regular Expression Escapes").
func writeLiteral(pattern *strings.Builder, r rune) {
	if r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		pattern.WriteByte('\\')
	}
	pattern.WriteRune(r)
}
