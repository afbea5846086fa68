package message

// Slack's limits. Lengths are in characters as [slackLength] counts them.
const (
	// headerLimit is the length of a header:
	// https://docs.slack.dev/reference/block-kit/blocks/header-block
	headerLimit = 150
	// textLimit is the length of a text object:
	// https://docs.slack.dev/reference/block-kit/composition-objects/text-object
	textLimit = 3000
	// blocksLimit is the number of blocks in a message:
	// https://docs.slack.dev/reference/block-kit/blocks
	blocksLimit = 50
	// contextLimit is the number of elements of a context:
	// https://docs.slack.dev/reference/block-kit/blocks/context-block
	contextLimit = 10
	// totalLimit is the length of all texts of all blocks. Slack does not document it, and answers
	// msg_blocks_too_long beyond about 13,200: https://github.com/slackapi/bolt-js/issues/2509
	totalLimit = 8_000
	// fallbackLimit is the length of the text of notifications. Slack recommends at most 4,000:
	// https://docs.slack.dev/changelog/2018-truncating-really-long-messages
	fallbackLimit = 1000
)

// The length of each part of a message. A test checks that their sum is below totalLimit, so that
// no part depends on another.
const (
	titleLimit   = 100
	targetLimit  = 80
	whoLimit     = 200
	whereLimit   = 200
	callLimit    = 120
	errorLimit   = 400
	sourceLimit  = 100
	agentLimit   = 60
	paramsLimit  = 1800
	paramsLines  = 18
	paramWidth   = 200
	whyLimit     = 600
	othersLimit  = 5
	ruleIDLimit  = 80
	eventIDLimit = 80
	regionLimit  = 40
	nameLimit    = 80
	noteLimit    = 160
	urlLimit     = 500
	distinctText = 300
)
