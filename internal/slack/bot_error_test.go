package slack

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// documented are the error codes on the pages of chat.postMessage and chat.update, sorted.
const documented = `access_denied accesslimited account_inactive app_access_restricted as_user_not_supported attachment_payload_limit_exceeded
block_mismatch blocked_file_type cannot_reply_to_message cant_broadcast_message cant_update_message channel_not_found deprecated_endpoint
draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found
edit_window_closed ekm_access_denied enterprise_is_restricted external_channel_migrating fatal_error file_deleted file_is_deleted
file_not_found file_share_limit_reached internal_error invalid_arg_name invalid_arguments invalid_array_arg invalid_attachments invalid_auth
invalid_blocks invalid_blocks_format invalid_charset invalid_form_data invalid_metadata_format invalid_metadata_schema invalid_post_type
is_archived is_inactive markdown_text_conflict max_file_sharing_exceeded message_limit_exceeded message_not_found messages_tab_disabled
metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_file_data missing_post_type missing_scope msg_blocks_too_long
msg_too_long no_dual_broadcast_content_update no_permission no_text not_allowed_token_type not_authed not_in_channel org_login_required
posting_to_channel_denied rate_limited ratelimited request_timeout restricted_action restricted_action_non_threadable_channel
restricted_action_read_only_channel restricted_action_thread_locked restricted_action_thread_only_channel send_on_behalf_not_allowed
service_unavailable slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked
slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked slack_connect_lists_sharing_blocked
streaming_state_conflict team_access_not_granted team_added_to_org team_not_found token_expired token_revoked too_many_attachments
too_many_contact_cards two_factor_setup_required unable_to_share_files update_failed`

func TestEveryDocumentedErrorCodeHasOneClass(t *testing.T) {
	codes := strings.Fields(documented)
	if !slices.IsSorted(codes) || len(codes) != 91 {
		t.Fatalf("%d codes, sorted %v", len(codes), slices.IsSorted(codes))
	}
	for _, code := range codes {
		if botClass[code] == unknownClass {
			t.Errorf("%s means nothing", code)
		}
	}
	in := map[string]int{}
	for _, r := range errorCodes {
		for code := range strings.FieldsSeq(r.both + " " + r.bot) {
			in[code]++
		}
	}
	// Said by Slack for JSON that it cannot read, on the page of the Web API.
	known := append(codes, "invalid_json", "json_not_object")
	for code, times := range in {
		if times != 1 {
			t.Errorf("%s means %d things", code, times)
		}
		if !slices.Contains(known, code) {
			t.Errorf("Slack documents no code %s", code)
		}
	}
}

// kind names what an error says.
func kind(e *Error) string {
	var kinds []string
	for name, set := range map[string]bool{"temporary": e.Temporary, "revoked": e.Revoked, "payload": e.Payload, "no channel": e.NoChannel, "no message": e.NoMessage} {
		if set {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	return strings.Join(kinds, ", ")
}

func TestBotErrors(t *testing.T) {
	tests := []struct {
		status int
		body   string
		kind   string
		reason string
	}{
		{200, `{"ok":false,"error":"channel_not_found"}`, "no channel", "channel_not_found"},
		{200, `{"ok":false,"error":"not_in_channel"}`, "no channel", "not_in_channel"},
		{200, `{"ok":false,"error":"is_archived"}`, "no channel", "is_archived"},
		{200, `{"ok":false,"error":"invalid_auth"}`, "revoked", "invalid_auth"},
		{401, `{"ok":false,"error":"invalid_auth"}`, "revoked", "invalid_auth"},
		{200, `{"ok":false,"error":"token_revoked"}`, "revoked", "token_revoked"},
		{200, `{"ok":false,"error":"account_inactive"}`, "revoked", "account_inactive"},
		{200, `{"ok":false,"error":"missing_scope","needed":"chat:write","provided":"none"}`, "revoked", "missing_scope"},
		{200, `{"ok":false,"error":"message_not_found"}`, "no message", "message_not_found"},
		{200, `{"ok":false,"error":"invalid_blocks","errors":["unsupported type"],"response_metadata":{"messages":["[ERROR] x"]}}`, "payload", "invalid_blocks"},
		{200, `{"ok":false,"error":"msg_too_long"}`, "payload", "msg_too_long"},
		{200, `{"ok":false,"error":"method_deprecated"}`, "", "method_deprecated"},
		{200, `{"ok":false,"error":"fatal_error"}`, "temporary", "fatal_error"},
		{200, `{"ok":false,"error":"team_added_to_org"}`, "temporary", "team_added_to_org"},
		{200, `{"ok":false,"error":"ratelimited"}`, "temporary", "ratelimited"},
		{429, `{"ok":false,"error":"ratelimited"}`, "temporary", "ratelimited"},
		{429, ``, "temporary", "status 429"},
		{503, `{"ok":false,"error":"service_unavailable"}`, "temporary", "service_unavailable"},
		{502, `<html>` + secret + `</html>`, "temporary", "status 502"},
		{500, ``, "temporary", "status 500"},
		{503, `{"ok":true}`, "temporary", "status 503"},
		{403, `<html>the hotel's network</html>`, "temporary", "status 403"},
		{404, ``, "temporary", "status 404"},
		{413, `<html>`, "payload", "status 413"},
		{200, `{"ok":false,"error":"a_word_of_next_year"}`, "temporary", "a_word_of_next_year"},
		{200, `{"ok":false,"error":"` + secret + `"}`, "temporary", "status 200 without Slack's ok"},
		{200, `{"ok":false,"error":"Not a word"}`, "temporary", "status 200 without Slack's ok"},
		{200, `{"ok":false,"error":7}`, "temporary", "status 200 without Slack's ok"},
		{500, strings.Repeat("x", 3<<20), "temporary", "status 500"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d %.40s", test.status, test.body), func(t *testing.T) {
			token := botAnswers(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			for name, call := range map[string]func() error{
				"post": func() error { _, err := (&Bot{}).Post(t.Context(), token, "#alerts", botMessage()); return err },
				"reply": func() error {
					_, err := (&Bot{}).Reply(t.Context(), token, MessageRef{"C1", "1.2"}, botMessage())
					return err
				},
				"update": func() error { return (&Bot{}).Update(t.Context(), token, MessageRef{"C1", "1.2"}, botMessage()) },
			} {
				e := refused(t, call())
				if e == nil {
					t.Fatalf("%s: no error", name)
				}
				if e.Reason != test.reason || kind(e) != test.kind {
					t.Errorf("%s: %q is %q, want %q and %q", name, e.Reason, kind(e), test.reason, test.kind)
				}
				limited := test.status == 429 || strings.Contains(test.body, "ratelimited")
				if (e.RetryAfter == time.Second) != limited || e.RetryAfter > time.Second {
					t.Errorf("%s: retry after %s", name, e.RetryAfter)
				}
			}
		})
	}
}

func TestBotRetryAfter(t *testing.T) {
	for _, status := range []int{200, 429, 503} {
		if e := classifyBot(status, "30", "ratelimited"); e.RetryAfter != 30*time.Second || !e.Temporary {
			t.Errorf("%d: %+v, want 30 s", status, *e)
		}
	}
	if e := classifyBot(200, "30", "invalid_auth"); e.RetryAfter != 0 {
		t.Errorf("%+v, want no time for what does not pass", *e)
	}
}
