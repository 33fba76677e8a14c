# The mistake: there is no endpoint, so everybody is refused.
# Caught by: test_greets_the_owner_of_the_token
# Says: The server has no WebSocket endpoint for /ws. It has: none at all.

from fastapi import FastAPI

app = FastAPI()
