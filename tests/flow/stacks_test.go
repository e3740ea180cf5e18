package flow

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	goredis "github.com/redis/go-redis/v9"

	"github.com/kuvaka-tech/parley/ports/portstest"
	"github.com/kuvaka-tech/parley/tests/client"
)

// stackVariables configure the stack of the running test: Postgres, or Postgres and
// Redis. They are nil for the memory stack.
var stackVariables []string

// useStack selects the stack of the programs that are started until the test ends.
func useStack(t *testing.T, variables []string) {
	t.Helper()
	stackVariables = variables
	t.Cleanup(func() { stackVariables = nil })
}

// testsOnEveryStack are the tests that do not simulate time. The clocks of Postgres
// and Redis cannot be simulated.
var testsOnEveryStack = map[string]func(*testing.T){
	"walk":             TestFromPhoneNumberToAnswer,
	"checkout":         TestACheckoutUpgradesToPro,
	"messages":         TestTheTextOfAMessageIsStoredUnchanged,
	"invalid messages": TestInvalidMessagesAreRefused,
	"messages as HTML": TestAFinishedReplyIsShownAsHTMLOnRequest,
	"room":             TestARoomIsCreatedRenamedAndDeleted,
	"order of rooms":   TestRoomsAreOrderedByTheLastMessageSent,
	"pages of rooms":   TestNextLinksLeadThroughAllRoomsOnce,
	"stable pages":     TestAMessageBetweenTwoPagesDoesNotMoveOtherRooms,
	"room names":       TestRoomNamesAreTrimmedAndHaveUpTo100Characters,
	"invalid names":    TestInvalidRoomNamesAreRefused,
	"room settings":    TestTheSettingsOfARoomAreSetAndRemoved,
	"system prompts":   TestASystemPromptHasUpTo4000CharactersAndIsKeptAsSent,
	"invalid settings": TestInvalidSettingsOfARoomAreRefused,
	"foreign rooms":    TestRoomsOfOtherUsersLookLikeMissingRooms,
	"cursors":          TestCursorsOfOtherListsAreRefused,
	"full backlog":     TestAFullBacklogLeavesNoTrace,
	"refund limit":     TestAUserWhoseMessagesFailHasABoundedNumberOfThem,
	"erased quota":     TestErasingTheAccountStartsNoNewQuota,
	"quota":            checkQuotaOfConcurrentSends,
	"idempotency":      checkOneKeySentConcurrently,
	"long body":        TestARequestBodyHasAtMostOneMiB,
	"head":             TestHeadIsGetWithoutABody,
	"erasure":          TestErasureDuringOtherRequests,
	"metrics":          TestEverythingThatAUserDoesIsCounted,

	"first name":         TestTheNameInTheFirstLoginCounts,
	"names of sign-ups":  TestTheNameOfTheLastSignupCountsWithoutOne,
	"invalid first name": TestInvalidNamesAreRefusedAtLogin,
	"unstored codes":     TestACodeThatWasNotStoredUsesUpNoBudget,
	"unsent codes":       TestACodeThatWasNotSentUsesUpNoBudget,
	"failed codes":       TestFailedCodesDoNotExceedTheBudgets,

	"cap of a country":       TestTheCodesOfACountryAndDayAreLimitedForEverybody,
	"unsent codes and cap":   TestOnlyCodesThatAreSentCountForTheCap,
	"metrics of countries":   TestTheCodesOfACountryAreMetrics,
	"no cap":                 TestACapOfZeroIsNoLimit,
	"known devices":          TestStrangersCannotLockOutAKnownDevice,
	"device tokens":          TestEachLoginReturnsADeviceToken,
	"ended sessions":         TestADeviceIsKnownUntilItsSessionIsEnded,
	"devices and passwords":  TestADeviceIsKnownAfterItHasChangedThePassword,
	"ignored device tokens":  TestOtherDeviceTokensAreIgnored,
	"foreign device tokens":  TestAForeignDeviceTokenCountsAgainstTheAddress,
	"codes of known devices": TestTheCodeOfADeviceBelongsToIt,

	"export":                TestAnExportHasEverythingAboutTheUser,
	"new number":            TestAUserChangesTheNumber,
	"code of a new number":  TestTheCodeOfANewNumberBelongsToItsUser,
	"new numbers in use":    TestANumberChangeRevealsNoAccount,
	"quotas of new numbers": TestChangingTheNumberStartsNoNewQuota,

	"titles":         TestARoomWithoutANameGetsATitle,
	"failing titles": TestAFailingTitleHasNoEffect,
	"model settings": TestTheSystemPromptOfARoomReachesTheModel,
	"summaries":      TestALongConversationIsSummarized,

	"stream headers":      TestAStreamOfEventsHasHeadersAgainstBuffersAndCaches,
	"reconnects":          TestAWatcherThatReconnectsAfterEveryEventMissesNothing,
	"events of all rooms": TestTheEventsOfAUserShowTheChangesOfAllRooms,
	"foreign events":      TestTheEventsOfAUserContainNothingOfOtherUsers,
	"missed changes":      TestChangesWhileAUserWasAwayComeAfterTheCursor,
	"many changes":        TestManyChangesWhileAUserWasAwayComeInParts,
	"old event cursors":   TestACursorOfAllRoomsIsGoodForADay,
	"streamed send":       TestASendWithItsEventsShowsOnlyItsMessageAndReply,
	"refused streams":     TestARefusedSendIsAProblemAlsoForAClientOfEvents,
	"deleted streams":     TestTheStreamsOfARoomEndWhenItIsDeleted,
	"stopping server":     TestAServerWithManyOpenStreamsStopsQuickly,

	"search":            TestASearchFindsTheMessagesOfAllRoomsOfTheUser,
	"search languages":  TestASearchKnowsEveryLanguage,
	"pages of searches": TestNextLinksLeadThroughAllResultsOnce,
	"search cursors":    TestACursorOfASearchBelongsToItsUserAndQuery,
	"invalid searches":  TestInvalidSearchesAreRefused,

	"no cancel":          TestOnlyRepliesThatAreNotFinalCanBeCancelled,
	"two cancels":        TestTwoConcurrentCancelsRefundOnce,
	"cancel and end":     TestACancelAndTheEndOfTheReplyHaveOneOutcome,
	"two retries":        TestTwoConcurrentRetriesAreOne,
	"retries with a key": TestConcurrentRetriesWithOneKeyHaveOneResponse,
	"edit and send":      TestAnEditAndAConcurrentSendAreBothAnswered,
	"edit and retry":     TestAnEditAndAConcurrentRetryTakeOneUnitEach,
	"rooms and retries":  TestARetryDoesNotMoveItsRoom,
	"rooms and edits":    TestAnEditMovesItsRoomToTheTop,
	"keys and edits":     TestARepeatedSendIsTheFirstResponseAlsoAfterAnEdit,
	"kinds of keys":      TestAKeyBelongsToOneKindOfRequest,
	"rules of edits":     TestAnEditHasTheRulesOfAMessage,
	"pages of versions":  TestNextLinksLeadThroughAllVersionsOnce,
	"long versions":      TestAPageOfVersionsHas256KiBOfText,
	"version cursors":    TestACursorOfVersionsBelongsToItsMessage,
}

// needsOwnSchema are the tests that count workers or calls of the model. In a shared schema, they
// would count the workers of programs that have just stopped, and replies that they have left.
var needsOwnSchema = map[string]bool{
	"metrics":              true,
	"cap of a country":     true,
	"unsent codes and cap": true,
	"metrics of countries": true,
	"full backlog":         true,
	"refund limit":         true,
	"titles":               true,
	"failing titles":       true,
	"model settings":       true,
	"summaries":            true,
	"messages as HTML":     true,
	"rooms and retries":    true,
}

// TestOnEveryStack repeats tests of the memory stack on Postgres, and on Postgres with Redis.
func TestOnEveryStack(t *testing.T) {
	for name, withRedis := range map[string]bool{"postgres": false, "postgres and redis": true} {
		t.Run(name, func(t *testing.T) {
			database := newSchema(t)
			for name, test := range testsOnEveryStack {
				t.Run(name, func(t *testing.T) {
					schema := database
					if needsOwnSchema[name] {
						schema = newSchema(t)
					}
					useStack(t, stackConfig(t, schema, withRedis))
					test(t)
				})
			}
		})
	}
}

// stackConfig returns the variables of a database and, if wanted, of an empty Redis.
func stackConfig(t *testing.T, database string, withRedis bool) []string {
	t.Helper()
	if !withRedis {
		return []string{"DATABASE_URL", database}
	}
	return []string{"DATABASE_URL", database, "REDIS_URL", emptyRedis(t)}
}

// emptyRedis deletes the data in database 15 of the Redis for tests, and returns its URL.
func emptyRedis(t *testing.T) string {
	t.Helper()
	address := portstest.Infrastructure(t, "TEST_REDIS_URL")
	options, err := goredis.ParseURL(address)
	if err != nil {
		t.Fatalf("TEST_REDIS_URL must be the URL of a Redis: %v", err)
	}
	options.DB = 15
	redis := goredis.NewClient(options)
	defer redis.Close()
	if err := redis.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("flush database 15 of TEST_REDIS_URL: %v", err)
	}
	return address[:strings.LastIndex(address, "/")] + "/15"
}

// newSchema creates a schema that is dropped at the end of the test, and returns its URL.
func newSchema(t *testing.T) string {
	t.Helper()
	address, err := url.Parse(portstest.Infrastructure(t, "TEST_DATABASE_URL"))
	if err != nil {
		t.Fatalf("TEST_DATABASE_URL must be a URL: %v", err)
	}
	db, err := sql.Open("pgx", address.String())
	if err != nil {
		t.Fatalf("open the database of TEST_DATABASE_URL: %v", err)
	}
	name := "flow_" + strings.ToLower(rand.Text()[:12])
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+name)
	if err != nil {
		t.Fatalf("create a schema in TEST_DATABASE_URL: %v", err)
	}
	t.Cleanup(func() {
		if _, err := db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Errorf("drop the schema %s: %v", name, err)
		}
		db.Close()
	})
	query := address.Query()
	query.Set("search_path", name)
	address.RawQuery = query.Encode()
	return address.String()
}

// checkQuotaOfConcurrentSends sends 200 messages of a Basic user at the same time and
// checks that exactly five are accepted.
func checkQuotaOfConcurrentSends(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("Quota")
	accepted := 0
	for _, r := range concurrently(t, 200, func(i int) (client.Response, error) {
		body := object{"content": fmt.Sprint("message ", i)}
		return d.Call("POST", "/chatroom/"+room+"/message", body)
	}) {
		if r.Status == http.StatusAccepted {
			accepted++
			continue
		}
		checkError(t, r, http.StatusTooManyRequests, "quota_exhausted")
		if r.Header.Get("Retry-After") == "" {
			t.Errorf("the refusal has no Retry-After: %v", r.Header)
		}
	}
	if accepted != 5 {
		t.Errorf("%d messages accepted, want 5", accepted)
	}
	d.checkMessageCount(5)
}

// checkOneKeySentConcurrently sends 50 messages with the same idempotency key at the
// same time, and checks that they are one message and get the same response.
func checkOneKeySentConcurrently(t *testing.T) {
	d := start(t, config(t)).tcpDevice().Login(client.Number())
	room := d.NewRoom("Key")
	responses := concurrently(t, 50, func(int) (client.Response, error) {
		body := object{"content": "once"}
		return d.Call("POST", "/chatroom/"+room+"/message", body, idempotencyKey, "key")
	})
	for _, r := range responses {
		if r.Status != http.StatusAccepted || string(r.Body) != string(responses[0].Body) {
			t.Fatalf("response %d %s, want status 202 and the same body as another one: %s",
				r.Status, r.Body, responses[0].Body)
		}
	}
	status := d.Want(http.StatusOK, "GET", "/subscribe/status", nil)
	checkFields(t, status, map[string]string{"messages_used_today": "1"})
}
