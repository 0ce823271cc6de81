//! What every implementation of [`Store`](jackfield::store::Store) has to do, whatever it is made of.
//!
//! A behaviour is an `async fn(&dyn Store)` that is given an empty store. Another implementation joins with one more
//! line `suite!(name, open)` at the end, and no behaviour changes.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

mod store {
    pub(crate) mod fixture;

    pub(crate) mod accounts;
    pub(crate) mod answers;
    pub(crate) mod audit;
    pub(crate) mod claims;
    pub(crate) mod consents;
    pub(crate) mod contacts;
    pub(crate) mod deadlines;
    pub(crate) mod deliveries;
    pub(crate) mod echoes;
    pub(crate) mod endpoints;
    pub(crate) mod enqueue;
    pub(crate) mod errands;
    pub(crate) mod events;
    pub(crate) mod handling;
    pub(crate) mod history;
    pub(crate) mod ingest;
    pub(crate) mod intake;
    pub(crate) mod keys;
    pub(crate) mod layers;
    pub(crate) mod line;
    pub(crate) mod media;
    pub(crate) mod media_fetches;
    pub(crate) mod outcomes;
    pub(crate) mod pages;
    pub(crate) mod past;
    pub(crate) mod pauses;
    pub(crate) mod reads;
    pub(crate) mod replay;
    pub(crate) mod reports;
    pub(crate) mod retries;
    pub(crate) mod search;
    pub(crate) mod sessions;
    pub(crate) mod statuses;
    pub(crate) mod told;
    pub(crate) mod windows;
    pub(crate) mod withheld;
}

/// One test per behaviour. `$open` makes an empty store, and what has to outlive it.
macro_rules! suite {
    ($implementation:ident, $open:path) => {
        suite! { $implementation, $open;
            accounts {
                an_account_is_known_by_its_instance_and_the_platforms_id;
                consent_given_again_replaces_the_credentials_and_ends_the_attention;
                of_two_renewals_at_once_one_wins;
                a_renewal_needs_the_present_version;
                a_right_to_renew_ends_by_itself;
                a_right_to_renew_can_be_given_back;
                nobody_gives_back_the_right_of_another;
                what_was_before_the_consent_does_not_speak_against_the_account;
                an_account_that_is_taken_out_has_no_credentials_until_its_owner_consents_again;
                what_an_account_had_still_to_send_fails_when_it_is_taken_out;
                nothing_is_taken_in_for_an_account_that_was_taken_out;
                a_begun_consent_is_taken_once;
                a_begun_consent_ends_at_its_time;
            }
            answers {
                of_two_answers_at_once_one_wins;
                answers_are_found_by_how_far_they_are_and_counted_while_nobody_knows;
                an_answer_in_the_inbox_is_found_by_the_status_of_its_message;
                a_comment_is_answered_again_only_where_nothing_was_sent;
                what_the_check_denies_is_not_written_down;
                an_answer_in_no_conversation_yet_was_an_exchange_unless_it_failed;
                an_answer_counts_in_a_window_that_opened_before_it_came_back;
                a_repeated_key_is_the_same_answer_until_it_certainly_was_not_sent;
                an_answer_whose_conversation_is_named_is_in_the_inbox_at_once;
                an_answer_is_in_the_inbox_once_its_echo_names_the_conversation;
                an_echo_before_what_comes_back_waits_for_it;
                an_uncertain_answer_is_settled_by_an_equal_echo_to_the_writer;
                an_uncertain_answer_to_nobody_knows_whom_is_settled_in_a_new_conversation_alone;
                a_parked_echo_settles_an_answer_that_a_restart_cut_off;
                what_a_person_said_was_sent_is_the_message_of_a_late_echo;
                each_step_of_an_answer_is_told_with_its_comment;
                an_erased_contact_takes_answers_along_but_not_while_one_is_sent;
            }
            audit {
                what_somebody_did_is_found_by_who_and_since_when;
            }
            claims {
                a_conversation_is_sent_in_the_order_of_its_queue;
                one_message_of_a_conversation_is_in_flight;
                conversations_do_not_wait_for_each_other;
                an_instance_claims_only_its_own;
                two_claims_at_once_never_get_the_same_message;
                sending_is_stored_when_a_claim_returns;
                an_uncertain_message_holds_the_line;
                a_failed_message_holds_the_line_until_somebody_resumes_it;
                a_retry_waits_for_its_time_and_the_line_waits_for_the_retry;
                messages_of_an_account_that_needs_attention_wait;
            }
            contacts {
                pages_of_contacts_lose_and_repeat_nothing;
                the_first_referral_is_kept_in_whatever_order_they_arrive;
                a_referral_before_the_first_message_begins_the_conversation;
                a_referral_that_comes_again_is_told_once;
                an_erased_contact_leaves_nothing_and_may_come_back;
                a_contact_is_not_erased_while_a_message_to_them_is_being_sent;
                erasing_one_contact_leaves_the_others;
            }
            consents {
                the_end_of_a_consent_is_told_once_thirty_days_before;
                a_renewal_that_moves_an_end_a_little_brings_no_other_warning;
                a_consent_given_again_has_an_end_of_its_own;
                nobody_is_warned_of_what_has_no_end_is_over_or_was_taken_out;
            }
            deadlines {
                what_waits_past_its_time_fails_at_that_time_and_gives_its_place_back;
                a_claimed_message_knows_when_it_is_too_late;
                the_contact_gives_what_waits_more_time_but_not_more_than_was_set;
                a_conversation_that_is_narrowed_closes_earlier_and_so_does_what_waits_in_it;
                another_window_holds_for_what_is_there_already;
                the_window_that_an_account_chooses_holds_for_its_conversations;
                a_closing_window_without_an_answer_is_told_once;
                conversations_are_found_by_the_end_of_their_window;
            }
            deliveries {
                every_event_since_the_endpoint_was_made_is_taken_once_in_order;
                an_endpoint_is_told_what_it_wants;
                what_is_leased_is_taken_by_nobody_else_until_its_end;
                what_was_delivered_is_done;
                what_failed_is_taken_again_at_its_time_and_holds_up_nothing;
                so_many_wait_and_the_others_are_not_lost;
                pages_of_deliveries_lose_and_repeat_nothing;
                one_delivery_can_be_made_again;
                everything_since_a_moment_can_be_delivered_again;
                a_test_is_logged_and_not_taken;
                events_that_are_yet_to_be_delivered_are_kept_for_a_while;
                a_pending_delivery_whose_event_was_forgotten_says_so;
                the_log_is_forgotten_in_time;
            }
            echoes {
                an_echo_before_the_response_waits_for_it;
                an_echo_after_the_response_is_the_same_message;
                an_echo_of_another_program_during_a_send_is_another_message;
                echoes_of_both_during_a_send_are_told_apart;
                an_echo_of_the_app_does_not_wait_for_a_send;
                an_uncertain_message_is_settled_by_an_equal_echo;
                an_uncertain_message_is_not_settled_by_another_text;
                an_uncertain_medium_is_settled_by_what_the_platform_calls_it;
                without_a_name_only_the_one_medium_of_its_kind_is_settled;
                a_parked_echo_settles_a_medium_that_turns_out_uncertain;
                a_parked_echo_settles_a_send_that_turns_out_uncertain;
                a_parked_echo_settles_a_send_that_a_restart_cut_off;
                one_of_two_equal_parked_echoes_is_ours;
                a_late_echo_of_what_a_person_said_was_sent_is_the_same_message;
                the_origin_of_an_echo_is_kept;
                an_echo_brings_the_platforms_time;
            }
            endpoints {
                an_endpoint_is_kept_as_it_was_made;
                so_many_endpoints_and_no_more;
                a_change_leaves_what_it_does_not_name;
                a_removed_endpoint_is_told_nothing_more;
                the_secret_before_signs_until_its_end;
                secrets_sealed_anew_replace_only_those_that_they_were_made_of;
                an_endpoint_that_is_gone_is_disabled_and_that_is_told;
                an_endpoint_that_fails_for_too_long_is_disabled;
                a_success_ends_the_failing;
                one_that_is_enabled_again_goes_on_with_nothing_long_past;
            }
            enqueue {
                of_two_at_once_for_the_last_place_one_wins;
                what_is_denied_is_not_stored;
                a_repeated_key_is_the_same_message;
                repetitions_at_once_are_one_message;
                a_key_for_other_content_is_refused;
                a_key_belongs_to_its_conversation;
                a_key_that_was_denied_may_come_again;
                an_unknown_conversation_is_said_so;
                an_answer_takes_the_conversation_up_and_nothing_is_unread;
                a_panic_in_a_check_hurts_nobody_else;
                a_plan_is_queued_whole_in_its_order_under_one_key;
                a_plan_that_is_denied_leaves_nothing_of_it;
                what_is_quoted_goes_along_by_the_platforms_id;
                only_what_the_platform_knows_in_the_conversation_can_be_quoted;
                what_a_message_quotes_and_answers_is_kept;
            }
            errands {
                a_new_contact_is_asked_about_in_their_newest_conversation;
                what_is_due_first_comes_first_and_nothing_before_its_time;
                each_try_at_a_contact_is_counted_until_somebody_gives_up;
                what_is_told_of_a_contact_is_kept_and_what_is_not_told_stays;
                a_channel_that_tells_nothing_of_people_is_asked_no_more;
                a_contact_who_was_erased_is_no_errand;
                an_account_is_asked_about_when_it_is_connected_and_again_in_time;
                a_conversation_has_one_read_mark_however_often_somebody_reads;
                a_read_mark_that_failed_is_told_later_and_a_newer_one_stays;
                read_marks_go_in_the_order_in_which_they_were_wanted;
            }
            events {
                every_change_is_told_once_in_order;
                events_come_in_pages_without_gaps;
                listeners_hear_of_an_event_only_when_it_can_be_read;
                what_changes_nothing_tells_nothing;
            }
            handling {
                what_colleagues_decide_is_kept_and_told_once;
                of_two_colleagues_at_once_one_wins;
                the_contact_opens_what_is_closed_or_snoozed;
                a_snoozed_conversation_opens_at_its_time;
                what_is_read_is_told_once;
                filters_hold_together_and_page_rightly;
                notes_come_in_pages_newest_first;
            }
            history {
                the_list_is_read_first_and_then_each_conversation_to_its_end;
                what_is_read_back_is_in_the_platforms_order_and_announced_to_nobody;
                what_webhooks_brought_is_not_there_twice_whichever_comes_first;
                a_page_that_is_read_twice_changes_nothing_the_second_time;
                a_cursor_that_does_not_move_is_the_end;
                no_more_is_read_than_is_wanted;
                a_page_that_fails_is_tried_again_at_its_time_until_somebody_gives_up;
                an_account_has_one_import_that_begins_anew_only_after_its_end;
                accounts_that_cannot_be_acted_for_are_read_later;
                a_page_tells_of_people_and_of_how_they_came;
                what_an_erased_contact_had_written_does_not_come_back;
                whoever_was_erased_and_writes_again_begins_anew;
            }
            ingest {
                the_same_event_three_times_at_once_is_one_message;
                opaque_ids_survive;
                ids_that_look_alike_are_different;
                events_of_an_unconnected_account_are_unrouted_until_it_is_connected;
                accounts_of_other_instances_are_other_accounts;
                an_account_that_an_arrival_brings_is_connected_once;
                a_body_that_says_nothing_is_taken_in;
                fifty_arrivals_at_once_make_one_conversation_and_one_contact;
                one_message_under_two_keys_is_one_message;
                every_event_of_an_arrival_is_counted;
                the_body_of_a_large_arrival_is_kept_once_wherever_the_news_in_it_is;
                a_large_arrival_of_unknown_accounts_is_one_raw_body_that_waits;
                messages_are_in_the_platforms_order;
                what_is_known_of_a_contact_is_kept;
                a_disconnected_account_needs_attention;
                contents_of_every_kind_survive;
                a_poll_goes_on_where_the_one_before_ended;
            }
            intake {
                every_arrival_is_counted_with_what_it_brought;
                a_large_arrival_is_one;
                an_arrival_that_is_missing_is_a_disagreement;
                what_a_kill_left_uncounted_is_settled_at_the_start;
                what_waits_is_known_with_its_age;
            }
            keys {
                a_key_is_found_by_its_hash_until_it_is_revoked;
                the_scope_of_a_key_survives;
                two_keys_cannot_have_one_hash;
            }
            layers {
                a_layer_is_empty_until_it_is_set_and_kept_then;
                everything_that_narrows_a_place_is_read_at_once;
                a_layer_belongs_to_what_exists;
                an_answer_holds_until_its_end_or_until_another_comes;
                answers_are_forgotten_by_their_claims;
            }
            line {
                what_somebody_waits_for_goes_before_what_nobody_does;
                every_tenth_turn_is_of_what_nobody_waits_for;
                accounts_take_turns;
                a_conversation_full_of_bulk_does_not_hold_up_another_account;
                an_awaited_reply_takes_along_what_stands_before_it;
                a_message_whose_window_closes_soon_goes_first;
                windows_that_close_leave_every_fourth_turn_to_who_waits;
                a_window_that_opens_anew_takes_the_haste_away;
                an_account_that_is_connected_again_has_no_turns_to_make_up;
                whatever_happens_exactly_those_go_whose_turn_it_is;
            }
            media {
                the_same_bytes_of_an_account_are_one_file;
                a_file_that_nobody_used_is_past_after_a_while_and_may_come_again;
                a_message_carries_its_file_and_keeps_it_while_it_waits;
                a_file_of_another_account_or_one_that_is_gone_is_not_sent;
                a_key_belongs_to_one_file;
                a_message_sent_again_carries_the_same_file;
                what_a_platform_calls_a_file_holds_for_a_while_or_until_it_refuses;
                a_restart_during_an_upload_leaves_no_doubt;
                what_was_tried_again_is_in_no_doubt_before_it_is_handed_over_again;
                a_forgotten_conversation_takes_its_files_along_but_for_shared_ones;
                an_erased_contact_takes_their_files_along_but_for_those_of_others;
                rows_and_files_can_be_compared;
            }
            media_fetches {
                a_medium_is_to_be_fetched_from_the_commit_of_its_message_on;
                a_medium_that_nobody_can_get_is_not_waited_for;
                a_fetched_medium_is_in_its_message_and_told_once;
                what_failed_is_tried_again_at_its_time_and_costs_the_message_nothing;
                somebody_may_want_it_tried_again;
                a_file_that_was_removed_meanwhile_is_fetched_once_more;
                an_expired_medium_can_be_fetched_again;
            }
            outcomes {
                each_outcome_leaves_its_mark;
                an_outcome_of_what_is_not_in_flight_is_an_error;
                a_restart_makes_what_was_in_flight_uncertain_once;
                a_person_settles_what_is_uncertain_and_nothing_else;
                resuming_lets_the_line_go_on_once;
            }
            pages {
                pages_of_messages_lose_and_repeat_nothing;
                pages_of_conversations_lose_and_repeat_nothing;
                lists_of_a_scope_hold_what_is_in_it_in_full_pages;
                the_end_of_a_list_is_known;
                what_is_not_there_is_none;
            }
            past {
                old_keys_are_forgotten_and_messages_stay;
                old_entries_of_the_audit_log_are_forgotten;
                a_forgotten_key_may_name_another_message;
                old_bodies_and_consents_are_forgotten;
                old_events_are_forgotten_and_the_numbers_go_on;
            }
            pauses {
                while_it_is_paused_messages_wait_and_nothing_is_claimed;
                what_is_not_there_cannot_be_paused;
                a_pause_of_one_holds_up_nobody_else;
                refusals_in_several_conversations_at_once_pause_the_account_for_a_day;
                a_person_ends_the_hosts_pause_and_the_host_leaves_a_persons_alone;
            }
            reads {
                a_read_mark_covers_everything_sent_until_then;
                a_read_mark_before_the_echo_counts_when_it_comes;
                a_read_mark_before_the_response_counts_when_it_comes;
                an_older_read_mark_takes_nothing_back;
                what_was_sent_after_a_read_mark_is_not_read;
            }
            replay {
                what_was_understood_before_changes_nothing;
                what_is_understood_only_now_is_told_once;
                an_old_end_of_a_consent_is_not_repeated;
                nothing_is_counted_as_arrived;
                a_replayed_message_does_not_open_the_window_again;
                kept_requests_come_back_whole_and_in_order;
            }
            reports {
                a_report_about_one_message_moves_that_one_only;
                a_report_before_the_response_counts_when_it_comes;
            }
            search {
                messages_notes_and_names_are_found_by_their_words;
                scripts_without_spaces_are_found_by_any_part;
                an_old_name_is_not_found;
                pages_of_hits_lose_and_repeat_nothing;
                snippets_show_what_was_written;
            }
            retries {
                a_retry_is_a_new_message_that_has_the_turn_of_the_failed_one;
                what_is_sent_again_is_of_the_kind_that_was_accepted;
                a_second_press_is_the_same_message;
                a_retry_that_cannot_be_sent_says_why_and_changes_nothing;
                only_what_failed_here_is_sent_again;
                what_waits_can_be_given_up_and_nothing_else;
                a_scheduled_message_waits_for_its_time_and_nobody_waits_for_it;
                what_needs_a_person_is_found;
            }
            sessions {
                a_session_stands_for_its_key_until_it_ends_or_is_idle;
                a_session_ends_with_its_key;
                ended_sessions_are_forgotten;
            }
            statuses {
                no_order_of_signals_leads_backwards;
            }
            told {
                what_people_put_on_a_message_is_shown_until_they_take_it_back;
                reactions_are_by_the_platforms_time_whatever_arrives_first;
                a_reaction_is_no_message_and_opens_no_window;
                a_reaction_that_names_no_sign_takes_all_of_that_person_back;
                a_comment_is_kept_once_with_what_became_of_it;
                an_older_report_of_a_comment_changes_nothing;
                comments_come_in_pages_newest_first;
                what_is_not_handed_on_is_counted_once_with_its_reason;
                other_notices_are_counted_by_a_bounded_number_of_names;
                a_changed_automatic_message_is_told;
                an_erased_contact_takes_reactions_and_comments_along;
            }
            windows {
                each_later_message_of_the_contact_refills_the_quota;
                late_and_future_times_never_widen_the_window;
                replies_that_wait_are_carried_into_the_new_window;
                a_reply_sent_after_a_late_message_counts_in_its_window;
                a_reply_counts_in_the_new_window_until_its_echo_says_otherwise;
                places_are_given_back_only_where_nothing_was_sent;
                a_place_of_an_earlier_window_is_not_given_to_the_next;
                a_message_without_a_place_gives_none_back;
                messages_of_colleagues_take_places_too;
                what_the_channel_does_not_count_takes_no_place;
            }
            withheld {
                what_is_announced_is_looked_for_only_where_the_account_wants_it;
                only_conversations_with_something_unknown_may_hold_what_was_announced;
                what_is_found_is_new_and_what_was_before_it_is_read_back;
                where_nothing_is_new_nothing_is_taken_in;
                what_is_missed_is_looked_for_again_and_given_up_in_the_end;
                what_was_erased_since_it_was_announced_is_not_found;
            }
        }
    };
    ($implementation:ident, $open:path; $($area:ident { $($behaviour:ident;)* })*) => {
        mod $implementation {$(
            mod $area {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    let (store, _outlives) = $open();
                    crate::store::$area::$behaviour(&store).await;
                }
            )*}
        )*}
    };
}

fn open_sqlite() -> (jackfield::store::sqlite::SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = jackfield::store::sqlite::SqliteStore::open(&folder.path().join("store.db")).unwrap();
    (store, folder)
}

suite!(sqlite, crate::open_sqlite);
