package slack

import "strings"

// errorClass is what an error code means for the message and for those that follow it.
type errorClass int

const (
	unknownClass errorClass = iota
	temporary
	revoked
	noChannel
	noMessage
	payload
	outdated
)

// errorCodes are Slack's error codes, for webhooks and for bot tokens: the same code may mean
// another thing for each.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors,
// https://docs.slack.dev/reference/methods/chat.postMessage#errors and
// https://docs.slack.dev/reference/methods/chat.update#errors
var errorCodes = []struct {
	class              errorClass
	both, webhook, bot string
}{
	// Slack may accept the same message later: the workspace or the channel is being migrated, or a
	// free workspace has reached its limit: https://slack.com/help/articles/115002422943
	{
		class:   temporary,
		both:    `ratelimited rate_limited service_unavailable internal_error fatal_error request_timeout`,
		webhook: `rollup_error`,
		bot: `update_failed streaming_state_conflict team_added_to_org org_login_required
			external_channel_migrating message_limit_exceeded`,
	},
	// The webhook no longer exists, or the token or its scopes are wrong for every message.
	{
		class: revoked,
		webhook: `invalid_token no_active_hooks no_service no_service_id no_team team_disabled
			action_prohibited channel_is_archived channel_not_found posting_to_general_channel_denied
			user_not_found`,
		bot: `invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type
			missing_scope access_denied accesslimited app_access_restricted ekm_access_denied
			enterprise_is_restricted team_access_not_granted two_factor_setup_required`,
	},
	// team_not_found: with a token of a whole organization, a channel is named by its id. The
	// channel of a webhook never changes, so its codes about the channel are above.
	{
		class: noChannel,
		bot: `channel_not_found not_in_channel is_archived is_inactive no_permission restricted_action
			restricted_action_read_only_channel restricted_action_thread_only_channel
			messages_tab_disabled posting_to_channel_denied team_not_found`,
	},
	// The message to update, or to reply to, does not exist or can no longer be changed.
	{
		class: noMessage,
		bot: `message_not_found cant_update_message edit_window_closed block_mismatch
			cannot_reply_to_message restricted_action_non_threadable_channel
			restricted_action_thread_locked`,
	},
	// Slack rejects the content. Some codes are about what Trailbus does not send: files, drafts,
	// metadata, contact cards, other authors.
	{
		class: payload,
		both: `no_text msg_too_long msg_blocks_too_long invalid_blocks invalid_attachments
			too_many_attachments`,
		webhook: `invalid_payload payload_too_large`,
		bot: `invalid_blocks_format attachment_payload_limit_exceeded invalid_arguments invalid_arg_name
			invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type
			invalid_json json_not_object as_user_not_supported blocked_file_type cant_broadcast_message
			draft_already_deleted draft_already_sent draft_has_conflict draft_not_found
			duplicate_channel_not_found duplicate_message_not_found file_deleted file_is_deleted
			file_not_found file_share_limit_reached invalid_metadata_format invalid_metadata_schema
			markdown_text_conflict max_file_sharing_exceeded metadata_must_be_sent_from_app
			metadata_too_large missing_file_data no_dual_broadcast_content_update
			send_on_behalf_not_allowed slack_connect_blocked_file_type
			slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked
			slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked
			slack_connect_lists_sharing_blocked too_many_contact_cards unable_to_share_files`,
	},
	// Slack no longer has the method: only another version of Trailbus helps.
	{
		class: outdated,
		bot:   `deprecated_endpoint method_deprecated`,
	},
}

// webhookClass and botClass give the class of each error code.
var webhookClass, botClass = classesByCode()

func classesByCode() (webhook, bot map[string]errorClass) {
	webhook, bot = map[string]errorClass{}, map[string]errorClass{}
	for _, r := range errorCodes {
		for code := range strings.FieldsSeq(r.both + " " + r.webhook) {
			webhook[code] = r.class
		}
		for code := range strings.FieldsSeq(r.both + " " + r.bot) {
			bot[code] = r.class
		}
	}
	return webhook, bot
}
