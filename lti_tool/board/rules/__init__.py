"""Pure rules of boards, examiners and awards."""
