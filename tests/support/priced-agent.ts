/** A stand-in for the claude command on PATH: answers each turn at once and reports the cost `$PRICE`. */
export const PRICED_AGENT = `#!/usr/bin/env bash
cat > /dev/null
echo "turn $*" >> "$LEDGER"
[ -z "\${HANG_AT:-}" ] || [ "$(wc -l < "$LEDGER")" -lt "$HANG_AT" ] || sleep 60
id=$(sed -n 's/.*--session-id \\([^ ]*\\).*/\\1/p' <<< "$*")
echo "{\\"type\\":\\"system\\",\\"subtype\\":\\"init\\",\\"session_id\\":\\"$id\\",\\"model\\":\\"m\\"}"
echo "{\\"type\\":\\"assistant\\",\\"message\\":{\\"id\\":\\"1\\",\\"model\\":\\"m\\",\\"content\\":[{\\"type\\":\\"text\\",\\"text\\":\\"OK\\"}]},\\"session_id\\":\\"$id\\"}"
echo "{\\"type\\":\\"result\\",\\"subtype\\":\\"success\\",\\"is_error\\":false,\\"result\\":\\"OK\\",\\"session_id\\":\\"$id\\",\\"total_cost_usd\\":\${PRICE:-1},\\"modelUsage\\":{\\"m\\":{\\"inputTokens\\":10,\\"outputTokens\\":5}}}"
`;
