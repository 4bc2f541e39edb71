"""What the bot of the bank could not answer."""

from botlens.demo.gaps.gap import demo_gap

GAPS = (
    demo_gap(
        "paying with the phone",
        """
        es? ¿Cómo puedo pagar con el móvil?
        es? ¿Puedo usar mi tarjeta para pagar con el teléfono móvil?
        es? ¿Cómo añado la tarjeta al móvil para pagar?
        es? No puedo pagar con el móvil en las tiendas
        es? ¿Se puede pagar con el móvil con mi tarjeta de débito?
        es? Quiero activar el pago con el móvil
        en? How do I pay with my phone?
        en? Can I add my card to my phone to pay?
        en? How do I set up paying with my phone?
        es! En la app, abra Tarjetas, elija la suya y toque Pagar con el móvil.
        en! In the app open Cards, choose yours and tap Pay with phone.
        """,
        share=1.8,
        fixed=61.2,
    ),
    demo_gap(
        "account for a child",
        """
        es? ¿Puedo abrir una cuenta para mi hijo?
        es? ¿Qué necesito para abrir una cuenta a un menor?
        es? ¿Tienen cuentas para menores de edad?
        es? ¿Cómo abro una cuenta infantil para mi hija?
        es? ¿Desde qué edad puede tener mi hijo una cuenta?
        en? Can I open an account for my child?
        en? What do I need to open a child's account?
        en? From what age can my child have an account?
        """,
    ),
    demo_gap(
        "card limit abroad",
        """
        es? ¿Cuál es el límite de la tarjeta en el extranjero?
        es? ¿Cómo aumento el límite de mi tarjeta para un viaje?
        es? ¿Cuánto dinero puedo sacar con la tarjeta en el extranjero?
        es? Voy de viaje y quiero subir el límite de mi tarjeta
        es? ¿Puedo cambiar el límite de la tarjeta si estoy en el extranjero?
        en? What is my card limit abroad?
        en? How do I raise my card limit for a trip?
        en? How much can I withdraw with my card abroad?
        """,
        share=1.3,
        surge=(35, 14),
    ),
    demo_gap(
        "certificate of account ownership",
        """
        es? ¿Dónde descargo el certificado de titularidad de la cuenta?
        es? Necesito un certificado de titularidad bancaria
        es? ¿Cómo consigo el certificado de titularidad?
        es? ¿El certificado de titularidad de la cuenta es gratis?
        es? Quiero descargar el certificado de titularidad en la app
        en? Where do I download the certificate of account ownership?
        en? I need a certificate of account ownership
        """,
    ),
)
