package redis

import (
	_ "embed" // for the scripts

	goredis "github.com/redis/go-redis/v9"
)

//go:embed scripts/take.lua
var takeLua string

//go:embed scripts/give_back.lua
var giveBackLua string

//go:embed scripts/live_shared.lua
var liveSharedLua string

//go:embed scripts/live_append.lua
var liveAppendLua string

//go:embed scripts/live_announce.lua
var liveAnnounceLua string

//go:embed scripts/live_seal.lua
var liveSealLua string

//go:embed scripts/live_delete.lua
var liveDeleteLua string

//go:embed scripts/live_snapshot.lua
var liveSnapshotLua string

//go:embed scripts/rooms_changed.lua
var roomsChangedLua string

var (
	takeScript         = goredis.NewScript(takeLua)
	giveBackScript     = goredis.NewScript(giveBackLua)
	appendScript       = goredis.NewScript(liveSharedLua + liveAppendLua)
	announceScript     = goredis.NewScript(liveSharedLua + liveAnnounceLua)
	sealScript         = goredis.NewScript(liveSharedLua + liveSealLua)
	deleteScript       = goredis.NewScript(liveSharedLua + liveDeleteLua)
	snapshotScript     = goredis.NewScript(liveSnapshotLua)
	roomsChangedScript = goredis.NewScript(roomsChangedLua)
)
