package slack

import (
	"fmt"
	"net/http"
	"time"
)

// The words that Slack documents for chat.postMessage and chat.update, by what they mean for the message and for those behind it:
// https://docs.slack.dev/reference/methods/chat.postMessage#errors and https://docs.slack.dev/reference/methods/chat.update#errors
var (
	botTemporary = setOf("ratelimited", "rate_limited", "service_unavailable", "internal_error", "fatal_error", "request_timeout", "update_failed",
		"streaming_state_conflict",
		// The workspace or the channel moves, and is back after that.
		"team_added_to_org", "org_login_required", "external_channel_migrating",
		// A free workspace has sent too much: https://slack.com/help/articles/115002422943
		"message_limit_exceeded")

	// The token, or what it may do, is wrong for every message.
	botRevoked = setOf("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type", "missing_scope",
		"access_denied", "accesslimited", "app_access_restricted", "ekm_access_denied", "enterprise_is_restricted", "team_access_not_granted",
		"two_factor_setup_required")

	noChannel = setOf("channel_not_found", "not_in_channel", "is_archived", "is_inactive", "no_permission", "restricted_action",
		"restricted_action_read_only_channel", "restricted_action_thread_only_channel", "messages_tab_disabled", "posting_to_channel_denied",
		"team_not_found") // a channel's name with a token for a whole organization, which needs its id

	noMessage = setOf("message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch", "cannot_reply_to_message",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked")

	botPayload = setOf("no_text", "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "invalid_attachments",
		"too_many_attachments", "attachment_payload_limit_exceeded", "invalid_arguments", "invalid_arg_name", "invalid_array_arg",
		"invalid_charset", "invalid_form_data", "invalid_post_type", "missing_post_type", "invalid_json", "json_not_object",
		// About what Trailbus does not send: files, drafts, metadata, contact cards, other authors. Said all the same, it is the message.
		"as_user_not_supported", "blocked_file_type", "cant_broadcast_message", "draft_already_deleted", "draft_already_sent",
		"draft_has_conflict", "draft_not_found", "duplicate_channel_not_found", "duplicate_message_not_found", "file_deleted",
		"file_is_deleted", "file_not_found", "file_share_limit_reached", "invalid_metadata_format", "invalid_metadata_schema",
		"markdown_text_conflict", "max_file_sharing_exceeded", "metadata_must_be_sent_from_app", "metadata_too_large", "missing_file_data",
		"no_dual_broadcast_content_update", "send_on_behalf_not_allowed", "slack_connect_blocked_file_type",
		"slack_connect_canvas_sharing_blocked", "slack_connect_clip_sharing_blocked", "slack_connect_file_link_sharing_blocked",
		"slack_connect_file_upload_sharing_blocked", "slack_connect_lists_sharing_blocked", "too_many_contact_cards", "unable_to_share_files")

	// This program is too old. No token, no channel and no other message helps.
	outdated = setOf("deprecated_endpoint", "method_deprecated")
)

func setOf(words ...string) map[string]bool {
	s := make(map[string]bool, len(words))
	for _, w := range words {
		s[w] = true
	}
	return s
}

// classifyBot says what a refusal means. It goes by Slack's word first: most come with status 200.
//
// A word that nobody knows is temporary, and so is an answer without a word, which is not Slack's own: the message then stays in the
// queue, for days, while somebody can mend what is wrong. Nothing is lost by that.
func classifyBot(status int, retryAfter, said string) *Error {
	e := &Error{Reason: fmt.Sprintf("status %d", status)}
	if Word.MatchString(said) {
		e.Reason = said
	} else {
		said = ""
	}
	switch {
	case botRevoked[said]:
		e.Revoked = true
	case noChannel[said]:
		e.NoChannel = true
	case noMessage[said]:
		e.NoMessage = true
	case botPayload[said], said == "" && status == http.StatusRequestEntityTooLarge:
		e.Payload = true
	case outdated[said]:
	default:
		e.Temporary = true
		e.RetryAfter = RetryAfter(retryAfter)
		if limited := status == http.StatusTooManyRequests || said == "ratelimited" || said == "rate_limited"; limited && e.RetryAfter == 0 {
			e.RetryAfter = time.Second // its rate: https://docs.slack.dev/apis/web-api/rate-limits
		}
	}
	if said == "" && status == http.StatusOK {
		e.Reason = "status 200 without Slack's ok"
	}
	return e
}
