"""How a dispatch ends, whatever the real Pureservice does: every open question, alone and two at a time."""
