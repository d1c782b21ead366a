"""What a page costs does not depend on whose page the connection answered before."""

from sqlalchemy import text

from lti_tool.db import db
from tests.tool_server import RunningTool


def test_postgresql_plans_each_statement_for_the_values_at_hand(tool: RunningTool) -> None:
    if tool.store != "postgres":
        return  # SQLite has no such plans
    asks = text("SELECT id FROM participant WHERE user_id = :user_id")
    kept = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements")
    with tool.restarted().app_context():
        for user_id in range(20):
            db.session.execute(asks, {"user_id": user_id}).all()
        plans = db.session.execute(kept).all()
    assert plans
    assert all(generic == 0 for generic, _ in plans)
